"""A collection: a folder of imported answers in data/local/collections, with the record of what it was made from."""

import json
import re
import shutil
import uuid
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lib.domain import Check, TrilemmaError
from lib.files import DataProblem, read_json, write_text
from lib.formats.plain import ColumnMapping
from lib.paths import Paths

RECORD = "collection.json"
_NAME = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
_LONGEST = 60
STAGED = ".staged-"  # what begins the name of a folder that isn't kept yet


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ImportedFile(_Record):
    """A file that a collection was made from: what it was recognised as, and what was told of it."""

    name: str
    bytes: int
    sha256: str
    format: str
    details: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    mapping: ColumnMapping | None = None
    rows: int = 0


class ModelCount(_Record):
    """Answers of one model as they stand in the files, copies included. `chars`: of all texts together."""

    name: str
    answers: int
    chars: int
    empty: int  # blank ones included
    failed: int  # null: a failed generation

    @property
    def mean_chars(self) -> float:
        return self.chars / self.answers


class MarkCount(_Record):
    """A scorer's scores over all answers. `labels`: of those that are no numbers, how often each; most common first."""

    scorer: str
    scores: int
    numbers: int
    total: float
    labels: dict[str, int]
    missing: int

    @property
    def mean(self) -> float | None:
        return self.total / self.numbers if self.numbers else None


class PairCount(_Record):
    """How one rater, or one kind of rater, found two models' answers: counts over all pairs."""

    model_a: str
    model_b: str
    rater: str
    a: int
    b: int
    ties: int
    failed: int

    @property
    def win_rate_b(self) -> float | None:
        """The share of the rated pairs in which b was better, a tie counting half."""
        rated = self.a + self.b + self.ties
        return (self.b + self.ties / 2) / rated if rated else None


class Survey(_Record):
    """What the files hold. `prompts`: distinct texts put; `questions`: distinct ids of prompts, as the files name them.

    `copies`: answers listed once more for another score; `repeated`: the same text of a model to a prompt again;
    `unprompted`: answers whose prompt is in none of the files; `shared`: prompts that every model has answered.
    """

    answers: int
    kept: int
    copies: int
    repeated: int
    failed: int
    prompts: int
    questions: int
    shared: int
    unprompted: int
    distinct: int
    chars: int
    longest: int
    tokens: int
    models: tuple[ModelCount, ...]
    marks: tuple[MarkCount, ...]
    pairs: tuple[PairCount, ...]
    preferred_longer: int  # of the pairs with a better answer, those in which it is the longer one
    preferred_equal: int
    preferences: int
    chars_better: int
    chars_worse: int
    tags: dict[str, dict[str, int]]  # of short values, how often each stands with an answer or a pair
    replaced: int = 0  # halves of characters


class CollectedModel(_Record):
    """A model of a collection. `named_by`: where no file names it, the file that it is called after."""

    id: str
    label: str
    named_by: str = ""


class Pairing(_Record):
    """What the user says: that one model was tuned from the other."""

    base: str
    tuned: str


class Collection(_Record):
    name: str
    title: str
    date: str
    files: tuple[ImportedFile, ...]
    models: tuple[CollectedModel, ...]
    survey: Survey
    pairs: tuple[Pairing, ...] = ()
    checks: tuple[Check, ...] = Field(default=())
    language: str = "en"

    def label(self, model_id: str) -> str:
        return next((m.label for m in self.models if m.id == model_id), model_id)


# ---- where they are -----------------------------------------------------------------------------


def root(paths: Paths) -> Path:
    return paths.local / "collections"


def at(paths: Paths, name: str) -> Paths:
    """The folder of a collection, as the rooms that read data folders take it. Raises TrilemmaError for no name."""
    if not _NAME.match(name) or len(name) > _LONGEST:
        raise TrilemmaError(
            f"{name!r}: a collection's name is of small letters, digits and hyphens, at most {_LONGEST}"
        )
    folder = root(paths) / name
    return Paths(folder, folder / "casestudies")


def name_of(text: str) -> str:
    """A collection's or model's name made of any text; `unnamed` where nothing is left of it."""
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower())[:_LONGEST].strip("-")
    return slug or "unnamed"


def names(paths: Paths) -> list[str]:
    """The collections that are here."""
    return sorted(p.parent.name for p in root(paths).glob(f"*/{RECORD}") if not p.parent.name.startswith("."))


def read(paths: Paths, name: str) -> Collection:
    """Raises TrilemmaError where there is none of that name, or its record can't be used."""
    file = at(paths, name).data / RECORD
    if not file.is_file():
        raise TrilemmaError(f"No collection is called {name!r}. There are: {', '.join(names(paths)) or 'none yet'}")
    return read_json(file, Collection, f"{name}/{RECORD}")


def write(folder: Path, collection: Collection) -> None:
    value: Any = collection.model_dump(mode="json")
    write_text(folder / RECORD, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def changed(paths: Paths, name: str, **values: Any) -> Collection:
    """A collection's record with some values changed, written."""
    collection = read(paths, name).model_copy(update=values)
    write(at(paths, name).data, collection)
    return collection


def delete(paths: Paths, name: str) -> None:
    """Remove a collection with all that was made of it; at once out of sight, then from the disk."""
    folder = at(paths, name).data
    gone = folder.with_name(f"{STAGED}deleted-{uuid.uuid4().hex[:8]}")
    try:
        folder.rename(gone)
    except FileNotFoundError as fault:
        raise TrilemmaError(f"No collection is called {name!r}") from fault
    except OSError as fault:
        raise DataProblem(f"{name}: can't be deleted: {fault.strerror}") from fault
    shutil.rmtree(gone, ignore_errors=True)
