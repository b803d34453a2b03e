"""What app and worker say to each other: requests one way and events the other, each a line of JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from lib.domain import Encoding, Exchange, Finish, LogLik, Message, Settings, StatementQuestion, TemplateName

# ---- requests ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Generation:
    """One prompt put to models side by side, several samples each.

    `weights`: how much of other adapters of its family is mixed into each model, which is then the mix's start.
    """

    models: tuple[str, ...]
    messages: tuple[Message, ...]
    prompt_id: str  # the samples' seeds are drawn from it
    samples: int
    settings: Settings
    template: TemplateName | None = None  # None: each model's own
    weights: Mapping[str, float] = field(default_factory=dict)
    op: Literal["generate"] = "generate"


@dataclass(frozen=True)
class LogLikelihoods:
    """How likely one model, or a mix that starts from it, finds each reply after its messages.

    `aside`: whether a failure costs this comparison alone and no answer.
    """

    model: str
    exchanges: tuple[Exchange, ...]
    weights: Mapping[str, float] = field(default_factory=dict)
    aside: bool = False
    op: Literal["loglik"] = "loglik"


@dataclass(frozen=True)
class Read:
    """What the reading model makes of replies, for the learned scorers."""

    exchanges: tuple[Exchange, ...]
    op: Literal["read"] = "read"


@dataclass(frozen=True)
class Judge:
    """Yes-no questions about answers, put to the judge of statements."""

    questions: tuple[StatementQuestion, ...]
    op: Literal["judge"] = "judge"


Operation = Generation | LogLikelihoods | Read | Judge


@dataclass(frozen=True)
class Crew:
    """Prompts of several jobs, put to the same models in the same way: written in one batch.

    Each job is told of its own under its own id, and can be stopped alone.
    """

    generations: Mapping[str, Generation]  # by the job's id; alike but for messages, samples and seed
    op: Literal["crew"] = "crew"


@dataclass(frozen=True)
class Cancel:
    """Stop what runs or waits under this id."""

    op: Literal["cancel"] = "cancel"


@dataclass(frozen=True)
class Request:
    id: str  # of the job; its operations are sent one after the other under this id. Of a crew the first job's
    operation: Annotated[Operation | Crew | Cancel, Field(discriminator="op")]


# ---- events -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loading:
    """A model is being brought into memory."""

    model: str
    kind: Literal["loading"] = "loading"


@dataclass(frozen=True)
class Rendered:
    """The exact text put to a model, before its first token."""

    model: str
    rendered: str
    template: TemplateName
    dtype: str
    prompt_tokens: int | None  # None where only a server can count them
    kind: Literal["rendered"] = "rendered"


@dataclass(frozen=True)
class Grown:
    """A piece of text for one sample of one model; the sample's last piece has `finish` set."""

    model: str
    sample: int
    text: str
    finish: Finish | None
    tokens: int  # of the sample so far
    error: str | None = None  # why this sample alone has failed
    kind: Literal["grown"] = "grown"


@dataclass(frozen=True)
class Compared:
    """The log-likelihoods of the next replies, those after one context, in the order of the request."""

    values: tuple[LogLik, ...]
    kind: Literal["compared"] = "compared"


@dataclass(frozen=True)
class Encoded:
    """All that was read, in the order of the request."""

    encodings: tuple[Encoding, ...]
    kind: Literal["encoded"] = "encoded"


@dataclass(frozen=True)
class Judged:
    """The judge's state at the end of each question, in the order of the request."""

    states: tuple[tuple[float, ...], ...]
    kind: Literal["judged"] = "judged"


@dataclass(frozen=True)
class Failed:
    """One model could not do what was asked; the others go on."""

    model: str  # empty where it lies at none of them
    message: str
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True)
class Done:
    """The operation is over, whatever came of it."""

    kind: Literal["done"] = "done"


Told = Loading | Rendered | Grown | Compared | Encoded | Judged | Failed | Done


@dataclass(frozen=True)
class Event:
    id: str  # the request's
    told: Annotated[Told, Field(discriminator="kind")]


# A text without words has no tone: its NaN must come through as itself.
_CONFIG = ConfigDict(ser_json_inf_nan="constants")
_LINE: TypeAdapter[Request | Event] = TypeAdapter(Request | Event, config=_CONFIG)
_REQUEST, _EVENT = TypeAdapter(Request), TypeAdapter(Event)


def line(message: Request | Event) -> str:
    return _LINE.dump_json(message).decode() + "\n"


def read_request(text: str) -> Request:
    return _REQUEST.validate_json(text)


def read_event(text: str) -> Event:
    return _EVENT.validate_json(text)
