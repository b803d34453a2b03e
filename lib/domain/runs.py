"""Runs, responses, scores and log-likelihoods, and what is marked in a text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from lib.domain.cases import Prompt
from lib.domain.vocabulary import Aspect, Finish, RefusalLabel, ScoreStatus, TemplateName


@dataclass(frozen=True)
class Settings:
    """How text is generated. `seed` is the run's; sample k of a prompt draws from a seed derived from both."""

    temperature: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] = 0.7
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    max_tokens: Annotated[int, Field(ge=1, le=100_000)] = 160
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 20240618


@dataclass(frozen=True)
class Run:
    """Model x weights x template x settings x environment: everything needed to repeat its answers."""

    id: str
    model_id: str
    kind: Literal["generation", "log-likelihood"]
    template: TemplateName
    settings: Settings | None  # None for log-likelihoods, which draw nothing
    model_sha256: str  # of the pinned weight file, or the hub revision
    dtype: str
    packages: Mapping[str, str]
    machine: str
    date: str  # ISO 8601, UTC: when it was begun
    note: str = ""


@dataclass(frozen=True)
class Score:
    """A scorer's value on one aspect, or None with the reason. A probability, 0 to 1; for tone nats (HumT)."""

    aspect: Aspect
    scorer: str  # name and version, as in "heads-1"
    value: float | None
    status: ScoreStatus
    reason: str
    low: float | None = None  # the middle 90 % of what heads trained on resampled labels say
    high: float | None = None
    label: RefusalLabel | None = None  # of the aspect `refusal` only


class Judgement(NamedTuple):
    """Whether an answer says what a check's statement has it say, as a larger model judges; None: it isn't sure."""

    check_key: str
    says: bool | None
    reason: str


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
    batch: str = ""  # what was generated together, and the place in it: exact repetition needs both
    row: int = 0
    date: str = ""  # ISO 8601, UTC
    scores: tuple[Score, ...] = ()
    judged: tuple[Judgement, ...] = ()


@dataclass(frozen=True)
class LiveRun:
    """A live prompt with all its answers: a run and its responses for each model.

    What a visitor keeps, downloads and repeats.
    """

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
    batch: str = ""
    row: int = 0
    date: str = ""  # ISO 8601, UTC


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
