"""The seams: where another implementation can be put in, a language model, an encoder of replies, a judge, a scorer.

What passes through comes first, then one type for each, which the signatures name.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from lib.domain.cases import CaseStudy, Message, Prompt
from lib.domain.models import Model
from lib.domain.runs import Score, Settings
from lib.domain.vocabulary import Finish, TemplateName

if TYPE_CHECKING:
    import numpy as np


class Piece(NamedTuple):
    """A piece of text for one row of a batch. A row's last piece has `finish` set and carries its token count.

    `error`: why this row alone has failed; its `finish` is then `error`.
    """

    row: int
    text: str
    finish: Finish | None = None
    tokens: int = 0
    error: str | None = None


class GenerateRow(NamedTuple):
    """One row of a batch: the rendered text put to the model and the seed its sampling draws from.

    `shares`: how much of each adapter is added to the base for this row, where it is not the loaded model's own mix.
    `cancelled`: what stops this row alone, within a token.
    """

    rendered: str
    seed: int
    shares: tuple[float, ...] | None = None
    cancelled: threading.Event | None = None

    @property
    def stopped(self) -> bool:
        return self.cancelled is not None and self.cancelled.is_set()


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


class StatementQuestion(NamedTuple):
    """What the judge of statements is asked: does the `answer` to what was `asked`, say, "say that it is a program"?"""

    asked: str
    answer: str
    statement: str


class Encoding(NamedTuple):
    """What an encoder makes of one reply: the vector that the heads are applied to, and the tone (HumT, nats)."""

    vector: tuple[float, ...]
    tone: float


class Template(Protocol):
    """How a loaded model is addressed, as far as a run's record names it."""

    @property
    def name(self) -> TemplateName: ...


class LoadedModel(Protocol):
    """A language model ready for use: `lib.inference.engine.Engine` over transformers, or `.endpoint.Endpoint` over an
    OpenAI-compatible server, or a scripted model in a test. Runs and judges name this type only.
    """

    model: Model

    @property
    def dtype(self) -> str: ...
    @property
    def template(self) -> Template: ...
    def render(self, messages: Sequence[Message]) -> str: ...
    # Its tokens, or None where only a server can count them; raises where it leaves no room.
    def check_length(self, rendered: str, settings: Settings) -> int | None: ...
    def generate(self, rows: Sequence[GenerateRow], settings: Settings) -> Iterator[Piece]: ...
    def loglik(self, pairs: Sequence[Continuation]) -> list[LogLik]: ...  # or raises LikelihoodUnavailable


class Encoder(Protocol):
    """Replies -> the features that the learned heads are applied to: `lib.scoring.reader.Reader` over the hidden states
    of a small language model. Another model's hidden states or sentence embeddings come in here, with heads of their
    own.
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
