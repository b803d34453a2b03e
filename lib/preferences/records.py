"""data/preferences/<name>.json: what was found in a preference set, as records. Numbers and single words, no texts."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from lib.domain import Criterion, TrilemmaError
from lib.files import DataProblem, read_json, write_text
from lib.measures.stats import Interval

LOCAL = "preferences"  # the folder, in data/ and in data/local/
Side = Literal["chosen", "rejected"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Contents(_Record):
    """What is in a set.

    `prompts`: different first messages of a user; `contexts`: different whole conversations before the replies.
    `left_out`: rows by reason (a row may have two). `leaks`: prompts that stand in more than one of `splits`.
    `longer`, `same_length`: comparisons whose chosen reply has more characters than, as many as the rejected one.
    `stock`: chosen replies under more than STOCK prompts, `stock_pairs` the comparisons they make, `stock_most` the
    prompts of the commonest.
    """

    rows: int
    comparisons: int
    single: bool
    left_out: dict[str, int]
    rows_left_out: int
    decided: int
    ties: int
    prompts: int
    contexts: int
    systems: int
    raters: int | None
    several_raters: int  # comparisons that more than one judged
    languages: dict[str, int]  # of a sample
    turns: dict[int, int]  # messages before the reply: how many comparisons
    words_chosen: float
    words_rejected: float
    characters_chosen: float
    characters_rejected: float
    longer: int
    same_length: int
    empty: int
    identical: int
    duplicates: int
    contradictory: int
    splits: dict[str, int]
    leaks: int
    stock: int
    stock_pairs: int
    stock_most: int


class Weight(_Record):
    """One mark in the regression.

    `standard`: log-odds for a standard deviation of the difference; `odds`: how many times as often, all else equal, a
    reply with the mark (or one unit more of it) is chosen; `differ`: comparisons where only one reply has it, or has
    more; `raw`: of these, the share in which that reply was chosen.
    """

    mark: str
    standard: Interval
    odds: Interval
    differ: int
    raw: Interval


class Profile(_Record):
    """What a set rewards. Accuracies are out of fold, no prompt on both sides.

    `longest`: that of choosing the longer reply; `ceiling`: that of a model of all words, over `ceiling_pairs`.
    """

    comparisons: int
    prompts: int
    weights: tuple[Weight, ...]
    too_rare: dict[str, int]  # marks that too few comparisons differ in, and how many do
    accuracy: Interval
    longest: Interval
    ceiling: Interval | None = None
    ceiling_pairs: int = 0
    not_english: int = 0


class Word(_Record):
    """A word's log-odds, chosen against rejected replies, with its z (Monroe, Colaresi and Quinn 2008)."""

    word: str
    z: float
    chosen: int  # replies that it stands in
    rejected: int


class Topic(_Record):
    """Prompts of one kind. `id` counts from 0, the largest first."""

    id: int
    words: tuple[str, ...]
    prompts: int
    comparisons: int
    for_chosen: tuple[Word, ...]
    for_rejected: tuple[Word, ...]


class TopicShare(_Record):
    topic: int
    share: Interval
    n: int


class Conflict(_Record):
    """How often the preferred reply is the worse one on another quality, of the comparisons that differ in it.

    `by`: a rating in the set, or marks in the text. `gap`: mean difference of the ratings where they conflict, in
    standard deviations of that difference.
    """

    key: str
    criterion: Criterion | None
    worse: str  # what is said of the worse reply, after "one reply"
    by: Literal["rating", "mark", "raters"]
    share: Interval
    n: int
    comparisons: int
    gap: float | None = None
    topics: tuple[TopicShare, ...] = ()


class Leaning(_Record):
    """How much more often one rater, or one group, chose the reply with a mark than the others did."""

    who: str
    mark: str
    difference: Interval
    votes: int


class Group(_Record):
    """A country or group: how often it agrees with the set's choice, of its votes; `prompts`: different ones."""

    name: str
    agrees: Interval
    votes: int


class Raters(_Record):
    """Whether raters agree, and which way each leans. What is None could not be measured, for the reason in `why`.

    `turn`: how few of `turn_of` shared comparisons would have to change sides for another group to agree more with the
    set than the first one.
    """

    items: int
    votes: int
    alpha: float | None
    pairwise: Interval | None
    split_half: float | None
    first_shown: Interval | None
    first_votes: int
    by_topic: tuple[TopicShare, ...]
    leanings: tuple[Leaning, ...]
    groups: tuple[Group, ...]
    turn: int | None
    turn_of: int
    why: dict[str, str]


class Distance(_Record):
    """How like the others' a country's answers are: 1 - normalised Wasserstein distance, mean over questions."""

    name: str
    nearness: Interval
    questions: int
    nearest: str
    farthest: str


class OpinionSet(_Record):
    questions: int
    groups: int
    distances: tuple[Distance, ...]


class Filtered(_Record):
    """The set without some of its rows: what is left, what it rewards, where criteria conflict."""

    key: str
    kept: int
    dropped: int
    profile: Profile | None
    conflicts: tuple[Conflict, ...]


class Preferences(_Record):
    """Everything that was found in one set. `source`: SHA-256 of its file or files."""

    name: str
    label: str
    shape: str
    criterion: Criterion | None
    note: str
    date: str
    source: str
    contents: Contents | None
    profile: Profile | None
    chosen_words: tuple[Word, ...] = ()
    rejected_words: tuple[Word, ...] = ()
    topics: tuple[Topic, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    not_measurable: dict[str, str] = {}
    raters: Raters | None = None
    opinions: OpinionSet | None = None
    filtered: tuple[Filtered, ...] = ()


def write(folder: Path, found: Preferences) -> Path:
    """To four significant places after the point: more would be noise."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{found.name}.json"
    write_text(
        path, json.dumps(_rounded(found.model_dump(mode="json", exclude_defaults=True)), ensure_ascii=False) + "\n"
    )
    return path


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return round(value, 4) if isinstance(value, float) else value


def read(path: Path) -> Preferences:
    """One set's results. Raises DataProblem, naming file and field, where they can't be read."""
    found = read_json(path, Preferences)
    if found.name != path.stem:
        raise DataProblem(f"{path.name}: name: is {found.name!r}, which is another file's")
    return found


def read_all(folders: list[Path]) -> list[Preferences]:
    """The results of every folder that is there, by name. Raises DataProblem as `read` does."""
    return [read(f) for folder in folders if folder.is_dir() for f in sorted(folder.glob("*.json"))]


def check_name(name: str) -> None:
    """Raises TrilemmaError where a set can't be called that."""
    if not name or len(name) > 60 or not all(c.isascii() and (c.isalnum() or c == "-") for c in name):
        raise TrilemmaError("A name is made of letters, digits and hyphens, at most 60 of them, such as my-pairs.")
