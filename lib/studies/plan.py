"""What is asked in a session: questions with their options, texts to read, the steps of a class hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from lib.domain import Criterion, TrilemmaError

QuestionKind = Literal["one", "several", "line", "scale"]
StepKind = Literal["read", "predict", "reveal", "rate", "revise", "check"]
STEPS: tuple[StepKind, ...] = ("read", "predict", "reveal", "rate", "revise", "check")
MAX_LINE = 200  # characters of a line that someone types
CANNOT_TELL = "cannot-tell"
SCALE = range(1, 8)


class Refused(TrilemmaError):
    """What someone sent doesn't count; the message says why, for a phone. `status`: of HTTP."""

    def __init__(self, message: str, status: int = 422):
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Option:
    """An answer to choose. `right` and `why` are those of a quick check."""

    key: str
    label: str
    right: bool | None = None
    why: str = ""


@dataclass(frozen=True)
class Text:
    """Something to read beside a question: who says it, and the words, which may be a model's."""

    key: str
    heading: str
    body: str


@dataclass(frozen=True)
class Question:
    """`texts`: keys of what is shown with it. A line may be left empty."""

    key: str
    text: str
    kind: QuestionKind
    options: tuple[Option, ...] = ()
    texts: tuple[str, ...] = ()
    low: str = ""  # what the ends of a scale mean
    high: str = ""

    def checked(self, given: Sequence[str]) -> str:
        """What was sent as it is stored: option keys, sorted and joined by a space, or the line. Raises Refused."""
        if self.kind == "line":
            line = " ".join(" ".join(given).split())
            if len(line) > MAX_LINE:
                raise Refused(f"Too long: {len(line):,} characters, and {MAX_LINE} is the most. Shorten it.")
            return line
        known = {o.key for o in self.options}
        if self.kind == "scale":
            known = {str(n) for n in SCALE}
        chosen = sorted(set(given))
        if not chosen:
            raise Refused("Nothing was chosen. Tap an answer.")
        if unknown := [g for g in chosen if g not in known]:
            raise Refused(f"“{unknown[0][:40]}” is none of the answers to this question.")
        if len(chosen) > 1 and self.kind != "several":
            raise Refused("Only one answer can be chosen here.")
        return " ".join(chosen)


@dataclass(frozen=True)
class Step:
    """One step of an hour. `part`: which of its cases, from 0."""

    kind: StepKind
    part: int
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Answered:
    """One of the two answers that a class rates. `says`: what each check of the prompt says of it."""

    letter: str
    model: str
    tuned: bool
    text: str
    says: dict[str, bool | None]


@dataclass(frozen=True)
class Reply:
    """A reference reply under its letter, with the authors' ratings, 0 to 1."""

    letter: str
    text: str
    ratings: dict[Criterion, float]
    why: str


@dataclass(frozen=True)
class Part:
    """One case of an hour: what the class reads, and what it is held to afterwards."""

    case_id: str
    title: str
    summary: str
    prompt_id: str
    prompt: str
    answers: tuple[Answered, Answered]  # A and B
    checks: dict[str, str]  # key -> label, of the prompt
    counts: dict[str, tuple[int, int]]  # key -> of the tuned model's stored answers: yes, of how many decided
    replies: tuple[Reply, ...]
    criteria: tuple[Criterion, ...]  # that the case's author sees in conflict
    source: str  # of the quick check: a chapter's title, or empty

    @property
    def tuned(self) -> Answered:
        return next(a for a in self.answers if a.tuned)

    @property
    def texts(self) -> dict[str, Text]:
        """Everything that phones may show, by key."""
        shown = [Text("summary", "The case", self.summary), Text("prompt", "What was asked", self.prompt)]
        shown += [Text(f"answer-{a.letter}", f"Answer {a.letter}", a.text) for a in self.answers]
        shown += [Text(f"reply-{r.letter}", f"Reply {r.letter}", r.text) for r in self.replies]
        return {t.key: t for t in shown}


@dataclass(frozen=True)
class Hour:
    """A class hour: one case or the stops of a tour, and its steps one after the other."""

    title: str
    parts: tuple[Part, ...]
    steps: tuple[Step, ...]

    def part(self, step: Step) -> Part:
        return self.parts[step.part]


_HOUR = TypeAdapter(Hour)


def hour_json(hour: Hour) -> str:
    return _HOUR.dump_json(hour).decode()


def read_hour(document: str) -> Hour:
    return _HOUR.validate_json(document)


def preference(criterion: Criterion, texts: tuple[str, ...]) -> Question:
    """Which of two answers, A or B, is more so."""
    options = (Option("A", "Answer A"), Option("B", "Answer B"), Option(CANNOT_TELL, "Can’t tell"))
    return Question(criterion, f"Which answer is more {criterion}?", "one", options, texts)
