"""What readers of foreign formats find: answers, preferences, questions, scores; and why a file is refused."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from lib.domain import Finish, Message, TrilemmaError

Better = Literal["a", "b", "tie"]
NO_TAGS: Mapping[str, str] = MappingProxyType({})


class BadImport(TrilemmaError):
    """A file that can't be imported. The message names the file, the row or byte, the field and the fault."""


class NoAnswers(BadImport):
    """A file without answers. `what` says what it is; `columns` and `rows` show it as the table that it is."""

    def __init__(self, name: str, what: str, rows: Sequence[Mapping[str, Any]] = (), total: int = 0):
        self.what = what
        self.rows = list(rows)
        self.total = total or len(self.rows)
        super().__init__(f"{name}: {what}, without answers of a model, so there is nothing to import")


class Mark(NamedTuple):
    """A score by a scorer of another tool, on its own scale: a number, or a label as it stands there, or neither."""

    scorer: str
    value: float | None
    label: str | None = None
    reason: str = ""


class Answer(NamedTuple):
    """A model's text. Where the file lacks the prompt `messages` is empty, and `question` and `turn` name it.

    `copy`: the same answer again, listed for another score. `model` is empty where the file doesn't name one. `key`: by
    which the file itself tells this answer from others.
    """

    messages: tuple[Message, ...]
    model: str
    text: str | None
    question: str = ""
    turn: int = 1
    error: str = ""
    marks: tuple[Mark, ...] = ()
    tags: Mapping[str, str] = NO_TAGS
    finish: Finish = "unstated"
    tokens: int = 0
    date: str = ""
    copy: bool = False
    key: str = ""


class Preference(NamedTuple):
    """Which of two answers to a prompt was found better; `better` is None where the rating failed.

    `score`: as the file has it. `group`: pairs that come from one judgement and aren't independent.
    """

    messages: tuple[Message, ...]
    model_a: str
    text_a: str | None
    model_b: str
    text_b: str | None
    better: Better | None
    rater: str = ""
    score: float | None = None
    question: str = ""
    group: str = ""
    tags: Mapping[str, str] = NO_TAGS


class Question(NamedTuple):
    """The turns of a question, by the id under which answers name it."""

    id: str
    turns: tuple[str, ...]
    tags: Mapping[str, str] = NO_TAGS


class Judged(NamedTuple):
    """A score of an answer that stands elsewhere, by the key that tells it from others."""

    key: str
    mark: Mark


class Told(NamedTuple):
    """A word on the whole file for whoever imports it; `model`: the model of files that name none.

    `rows`: what it holds in place of answers, as a table.
    """

    note: str
    model: str = ""
    rows: Sequence[Mapping[str, Any]] = ()


Item = Answer | Preference | Question | Judged | Told
