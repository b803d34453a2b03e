"""A blind study: what it compares and asks (`studies/*.toml` in the data folder), and the items made from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lib.domain import CRITERIA, Check, Criterion, Response, TrilemmaError
from lib.domain.vocabulary import ModelId, Slug, Text
from lib.files import DataProblem, named_faults, read_toml
from lib.scoring.checks import decide
from lib.studies.plan import CANNOT_TELL, Option, Question, preference
from lib.studies.plan import Text as Shown

Scale = Literal["human", "trustworthy", "friendly"]
SCALES: dict[Scale, tuple[str, str, str]] = {
    "human": ("How human does answer {} sound?", "like a machine", "like a person"),
    "trustworthy": ("How trustworthy does answer {} seem?", "not at all", "completely"),
    "friendly": ("How friendly does answer {} sound?", "cold", "warm"),
}
_RELY = "Would you rely on answer {}?"
_LONGEST = 2_500  # characters of an answer that people are asked to read


class Study(BaseModel):
    """What a study file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Slug
    title: Text
    compares: Text  # what people are told after the last item
    pairs: Annotated[tuple[tuple[ModelId, ModelId], ...], Field(min_length=1)]  # base and tuned
    cases: tuple[Slug, ...] = ()  # none: every case that both models of a pair have answered
    variants: Literal["neutral", "all"] = "all"  # of each case: its neutral prompt, or the one that differs most
    items: Annotated[int, Field(ge=2, le=30)] = 8  # that one person rates
    most: Annotated[int, Field(ge=2, le=200)] = 24  # items in all; of more, so many are drawn
    preferences: tuple[Criterion, ...] = CRITERIA
    scales: tuple[Scale, ...] = ("human", "trustworthy", "friendly")
    rely: bool = True
    attention: bool = True  # one item that shows whether the questions are read
    effect: Annotated[float, Field(gt=0, le=0.5)] = 0.2  # the difference from one half that it should find
    target: Annotated[int, Field(ge=2, le=5_000)] = 40  # persons
    seed: Annotated[int, Field(ge=0)] = 20240618
    consent: tuple[Text, ...] = (
        "You will read short answers that computer programs wrote, two at a time, and say what you think of them. It"
        " takes about {minutes} minutes. Some answers are wrong or odd: nothing in them is advice.",
        "Nobody asks your name, and no name, address or device is kept. What you answer is stored on the computer of"
        " whoever runs this study, and may be published as numbers.",
        "You can stop at any time. “Leave, and delete my answers” at the foot of each page takes everything back.",
    )


def read_studies(folder: Path) -> tuple[Study, ...]:
    """Every study of a folder, by file name; none where there is no such folder. Raises DataProblem."""
    return tuple(_read(file) for file in sorted(folder.glob("*.toml")))


def _read(file: Path) -> Study:
    study = read_toml(file, Study)
    if study.id != file.stem:
        raise DataProblem(f"{file.name}: id: must equal the file's name, {file.stem!r}")
    if not (study.preferences or study.scales or study.rely):
        raise DataProblem(f"{file.name}: preferences: the study asks nothing")
    return study


def checked(values: Mapping[str, object]) -> Study:
    """A study made on a page. Raises TrilemmaError, naming each field."""
    try:
        return Study.model_validate(values)
    except ValidationError as fault:
        raise TrilemmaError(named_faults("study", fault)) from fault


def toml_text(study: Study) -> str:
    """The study as a file, which can be put into the folder `studies`."""
    lines = []
    for name, value in study.model_dump(mode="json").items():
        lines.append(f"{name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_toml(v) for v in value)}]"
    return TypeAdapter(type(value)).dump_json(value).decode()  # JSON's numbers and texts are TOML's


# ---- items ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """One of the two answers of an item. `speaks`: the share of decided checks that speak for a criterion."""

    model: str
    text: str
    speaks: dict[Criterion, float]


@dataclass(frozen=True)
class Item:
    """A prompt with the answers of a base and of a tuned model."""

    id: str
    case_id: str
    prompt: str
    base: Side
    tuned: Side


@dataclass(frozen=True)
class Planned:
    """A study with its items, fixed when it begins."""

    study: Study
    items: tuple[Item, ...]

    @property
    def each(self) -> int:
        """How many items one person rates."""
        return min(self.study.items, len(self.items))


_PLANNED = TypeAdapter(Planned)


def planned_json(planned: Planned) -> str:
    return _PLANNED.dump_json(planned).decode()


def read_planned(document: str) -> Planned:
    return _PLANNED.validate_json(document)


def side(response: Response, checks: Sequence[Check], language: str) -> Side:
    """An answer with what the checks say of it, criterion by criterion; those that can't tell are left out."""
    text = response.text or ""
    spoke: dict[Criterion, list[bool]] = {}
    for check, verdict in zip(checks, decide(checks, text, language, response.judged), strict=True):
        if verdict.says is not None:
            spoke.setdefault(check.aspect, []).append(verdict.says is (check.sign == "for"))
    return Side(response.model_id, text, {c: sum(s) / len(s) for c, s in spoke.items()})


def readable(response: Response) -> bool:
    """Whether an answer can be put before people: it has a text, and not too long a one."""
    return bool(response.text and response.text.strip()) and len(response.text or "") <= _LONGEST


# ---- what is asked ----------------------------------------------------------------------------

ATTENTION = Question(
    "attention",
    "Which answer is more helpful?",
    "one",
    (Option("A", "Answer A"), Option("B", "Answer B"), Option(CANNOT_TELL, "Can’t tell")),
    ("prompt", "answer-A", "answer-B"),
)
ATTENTION_TEXTS = {
    "prompt": Shown(
        "prompt", "What was asked", "This one shows whether the questions are read. Please tap “Answer B”."
    ),
    "answer-A": Shown("answer-A", "Answer A", "Don’t choose this answer."),
    "answer-B": Shown("answer-B", "Answer B", "Choose this answer."),
}


def questions(study: Study) -> tuple[Question, ...]:
    """What is asked of each item, in order: first which of the two, then each answer by itself."""
    both = ("prompt", "answer-A", "answer-B")
    asked = [preference(c, both) for c in study.preferences]
    for letter in "AB":
        alone = ("prompt", f"answer-{letter}")
        asked += [
            Question(f"{s}-{letter}", SCALES[s][0].format(letter), "scale", (), alone, *SCALES[s][1:])
            for s in study.scales
        ]
        if study.rely:
            options = (Option("yes", "Yes"), Option("no", "No"), Option(CANNOT_TELL, "Can’t tell"))
            asked.append(Question(f"rely-{letter}", _RELY.format(letter), "one", options, alone))
    return tuple(asked)
