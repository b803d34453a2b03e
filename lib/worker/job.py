"""A job: operations in order, and what has come of them so far."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from lib.domain import Encoding, Exchange, Finish, LogLik, StatementQuestion, TemplateName
from lib.worker.protocol import (
    Compared,
    Encoded,
    Failed,
    Generation,
    Grown,
    Judge,
    Judged,
    Loading,
    LogLikelihoods,
    Operation,
    Read,
    Rendered,
    Told,
)

JobState = Literal["queued", "loading", "running", "done", "cancelled", "failed"]
Step = Operation | Callable[["Job"], Operation]  # a function where the operation needs what came before it


@dataclass
class Answer:
    """One sample of one model, growing."""

    text: str = ""
    finish: Finish | None = None
    tokens: int = 0
    error: str | None = None


@dataclass
class ModelPart:
    """What one model has done for a job."""

    answers: list[Answer]
    rendered: str = ""
    template: TemplateName | None = None
    dtype: str = ""
    prompt_tokens: int | None = 0
    error: str | None = None
    began: float = 0.0  # monotonic seconds: when the prompt was rendered, the first token came, the latest token came
    first_token: float | None = None
    latest_token: float = 0.0

    @property
    def seconds_to_first_token(self) -> float | None:
        return None if self.first_token is None else self.first_token - self.began

    @property
    def tokens_per_second(self) -> float | None:
        """Over all samples together, from the rendered prompt to the latest token."""
        elapsed = self.latest_token - self.began
        return sum(a.tokens for a in self.answers) / elapsed if self.first_token is not None and elapsed > 0 else None

    def start(self, told: Rendered) -> None:
        self.rendered, self.template, self.dtype = told.rendered, told.template, told.dtype
        self.prompt_tokens, self.began = told.prompt_tokens, time.monotonic()

    def grow(self, told: Grown) -> None:
        answer = self.answers[told.sample]
        answer.text += told.text
        answer.finish, answer.tokens, answer.error = told.finish, told.tokens, told.error
        if told.tokens:  # while a long prompt is read, empty pieces say that it goes on
            self.latest_token = time.monotonic()
            self.first_token = self.first_token or self.latest_token


@dataclass
class Job:
    """What a page watches. Only the client writes to it; a page may read it at any time."""

    id: str
    steps: tuple[Step, ...]
    state: JobState = "queued"
    message: str = ""
    begun: list[Operation] = field(default_factory=list)  # the operations sent to the worker, the latest last
    parts: dict[str, ModelPart] = field(default_factory=dict)  # of the generation, by model id
    compared: dict[str, tuple[LogLik, ...]] = field(default_factory=dict)  # by model id, in the order asked
    uncompared: dict[str, str] = field(default_factory=dict)  # why a model has compared nothing
    encodings: dict[Exchange, Encoding] = field(default_factory=dict)
    states: dict[StatementQuestion, tuple[float, ...]] = field(default_factory=dict)  # the judge's
    unjudged: str = ""  # why there are no states, where judging failed
    unread: str = ""  # why there are no encodings, where reading failed
    fault: str = ""  # what failed besides the models that answer
    beside: int = 0  # prompts of other jobs that are written in the same batch
    rows: int = 0  # answers of each model in that batch, those of the other jobs included
    at_work: bool = False  # whether the worker has an operation of it
    later_at: float | None = None  # monotonic seconds: when what comes after the writing began
    started: float = 0.0
    looked_at: float = field(default_factory=time.monotonic)
    tab_open: Callable[[], bool] = lambda: True  # whether the page that asked is still open, as far as is known
    seen_open: float = field(default_factory=time.monotonic)  # when it was last
    heard_at: float = 0.0  # when the worker last told of it, got its operation or was asked to stop it

    def __post_init__(self) -> None:
        for step in self.steps:
            if isinstance(step, Generation):
                self.parts |= {m: ModelPart([Answer() for _ in range(step.samples)]) for m in step.models}

    @property
    def over(self) -> bool:
        return self.state in ("done", "cancelled", "failed")

    @property
    def operation(self) -> Operation | None:
        """What the worker does now, or did last."""
        return self.begun[-1] if self.begun else None

    @property
    def generation(self) -> Generation:
        """The prompt put to models, for a job that has one."""
        return next(step for step in self.steps if isinstance(step, Generation))

    @property
    def logliks(self) -> tuple[LogLik, ...]:
        """Of a job that compares with one model."""
        return tuple(v for values in self.compared.values() for v in values)

    @property
    def faults(self) -> list[str]:
        """What failed so far, each once."""
        found = [self.fault, *(p.error for p in self.parts.values())]
        return [fault for fault in dict.fromkeys(found) if fault]

    @property
    def written(self) -> bool:
        """Whether every answer stands, and only what is made of them can still come."""
        return bool(self.parts) and all(p.error or all(a.finish for a in p.answers) for p in self.parts.values())

    @property
    def complete(self) -> bool:
        """Whether no operation is left to begin."""
        return self.over or len(self.begun) == len(self.steps) or self.hopeless

    @property
    def hopeless(self) -> bool:
        """Whether nothing is left to go on with: no model that answers, or a later operation that failed."""
        return bool(self.fault) or (bool(self.parts) and all(p.error for p in self.parts.values()))

    def next_operation(self) -> Operation | None:
        """The next operation, now begun; None where all are done or the rest has nothing to go on with."""
        if self.complete:
            return None
        if self.begun and self.later_at is None:
            self.later_at = time.monotonic()
        step = self.steps[len(self.begun)]
        operation = step if isinstance(step, Operation) else step(self)
        self.begun.append(operation)
        return operation

    def take(self, told: Told) -> None:
        """What the worker tells of the operation under way."""
        if not isinstance(told, Loading):
            self.state = "running"
        match told:
            case Rendered():
                self.parts[told.model].start(told)
            case Grown():
                self.parts[told.model].grow(told)
            case Compared():
                model = self.operation.model if isinstance(self.operation, LogLikelihoods) else ""
                self.compared[model] = self.compared.get(model, ()) + told.values
            case Encoded() if isinstance(self.operation, Read):
                self.encodings |= dict(zip(self.operation.exchanges, told.encodings, strict=True))
            case Judged() if isinstance(self.operation, Judge):
                self.states |= dict(zip(self.operation.questions, told.states, strict=True))
            case Failed() if isinstance(self.operation, Judge):
                self.unjudged = told.message  # which costs the checks of statements alone
            case Failed() if isinstance(self.operation, Read):
                self.unread = told.message  # which costs the scores and not the answers
            case Failed() if isinstance(self.operation, LogLikelihoods) and self.operation.aside:
                self.uncompared[told.model] = told.message
            case Failed() if told.model in self.parts:
                self.parts[told.model].error = told.message
            case Failed():
                self.fault = told.message

    def stop(self, message: str) -> None:
        """Text made so far stays."""
        self.state, self.message = "cancelled", message
        for part in self.parts.values():
            for answer in part.answers:
                answer.finish = answer.finish or "cancelled"

    def fail(self, message: str) -> None:
        """Text made so far stays."""
        self.state, self.message = "failed", message

    def end(self) -> None:
        """Done as far as it goes: failed only where nothing came of it."""
        self.state, self.message = "failed" if self.hopeless else "done", " ".join(self.faults)
