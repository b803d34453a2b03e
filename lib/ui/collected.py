"""Cached doors to the collections: their records, databases, counts and searches."""

import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from lib.collections import records, work
from lib.collections.library import database
from lib.collections.records import Collection, Pairing
from lib.domain import Prompt, Response
from lib.measures.paired import mean_change, mean_over_cases
from lib.measures.stats import Interval
from lib.paths import paths
from lib.store.collection import (
    AskedPrompt,
    CheckRow,
    CollectionStore,
    MarkRow,
    ModelRow,
    PreferenceRow,
    StoredMark,
    StoredPreference,
    open_collection,
)
from lib.store.conditions import Wanted
from lib.store.search import best_ids
from lib.store.texts import collection_index

_opening = threading.Lock()
_shared = partial(st.cache_resource, show_spinner=False)

MOST_HITS = 5_000  # prompts of a search: more are no use to a reader, and would slow every look at one of them


def names() -> list[str]:
    return records.names(paths())


def collection(name: str) -> Collection:
    return records.read(paths(), name)


@st.cache_data(ttl=15, max_entries=50, show_spinner="Reading the collection …")
def _built(data: str, name: str, checks: str) -> str:
    """The path of the database; `checks` only tells apart what was built with other checks."""
    return str(database(paths(), records.read(paths(), name)))


def _database(mine: Collection) -> str:
    return _built(str(paths().data), mine.name, mine.model_dump_json(include={"checks", "date"}))


@lru_cache(maxsize=4)
def _opened(file: str) -> CollectionStore:
    return open_collection(Path(file))


def _store(file: str) -> CollectionStore:
    with _opening:
        return _opened(file)


def store(mine: Collection) -> CollectionStore:
    return _store(_database(mine))


def forget() -> None:
    """After a collection was deleted or changed: its database is looked at anew."""
    _built.clear()


@_shared(max_entries=2_000)
def _told(file: str, question: str, *arguments: Any) -> Any:
    return getattr(_store(file), question)(*arguments)


def found(mine: Collection, wanted: Wanted, start: int, count: int) -> tuple[int, list[AskedPrompt]]:
    return _told(_database(mine), "found", wanted, start, count)


def prompt(mine: Collection, prompt_id: str) -> Prompt | None:
    return _told(_database(mine), "prompt", prompt_id)


def tags(mine: Collection, prompt_id: str) -> Mapping[str, str]:
    return _told(_database(mine), "tags", prompt_id)


def tag_values(mine: Collection) -> Mapping[str, Mapping[str, int]]:
    return _told(_database(mine), "tag_values")


def responses(mine: Collection, prompt_id: str, models: Sequence[str]) -> list[Response]:
    return store(mine).responses(prompt_id, models)


def marks(mine: Collection, prompt_id: str) -> Mapping[tuple[str, int], Sequence[StoredMark]]:
    return _told(_database(mine), "marks", prompt_id)


def preferences(mine: Collection, prompt_id: str) -> Sequence[StoredPreference]:
    return _told(_database(mine), "preferences", prompt_id)


def model_rows(mine: Collection) -> Sequence[ModelRow]:
    return _told(_database(mine), "model_rows")


def preference_rows(mine: Collection) -> Sequence[PreferenceRow]:
    return _told(_database(mine), "preference_rows")


def mark_rows(mine: Collection) -> Sequence[MarkRow]:
    return _told(_database(mine), "mark_rows")


def check_rows(mine: Collection) -> Sequence[CheckRow]:
    return _told(_database(mine), "check_rows")


@st.cache_data(max_entries=100, show_spinner="Searching …")
def _hits(file: str, query: str) -> tuple[str, ...]:
    return best_ids(collection_index(_store(file), Path(file)), query, MOST_HITS)


def hits(mine: Collection, query: str) -> tuple[str, ...]:
    """The prompts that a search finds in prompts and answers, best first, at most MOST_HITS."""
    return _hits(_database(mine), query)


# ---- numbers with intervals over prompts --------------------------------------------------------


class WinRate(NamedTuple):
    """How often raters found `model` better than `other`, a tie counting half; the interval is over prompts.

    No rate of a single prompt.
    """

    model: str
    other: str
    rater: str  # empty: all of them
    rate: Interval | None
    won: int
    lost: int
    ties: int
    failed: int
    prompts: int


_MOST_RATERS = 3  # more are taken together


@_shared(max_entries=20)
def _win_rates(file: str) -> list[WinRate]:
    rows: list[PreferenceRow] = _store(file).preference_rows()
    together = len({r.rater for r in rows}) > _MOST_RATERS
    counts: dict[tuple[str, str, str], list[int]] = {}
    for r in rows:
        if r.model_a == r.model_b:
            continue
        turned = (r.model_b, r.model_a, "" if together else r.rater) in counts
        key = (
            (r.model_b, r.model_a, "" if together else r.rater)
            if turned
            else (r.model_a, r.model_b, "" if together else r.rater)
        )
        mine = counts.setdefault(key, [0, 0, 0, 0])
        for k, n in enumerate((r.b, r.a, r.ties, r.failed) if turned else (r.a, r.b, r.ties, r.failed)):
            mine[k] += n
    out = []
    for (first, second, rater), (won_first, won_second, ties, failed) in counts.items():
        values = _store(file).by_prompt("win", model=second, other=first, rater=rater)
        if values:
            rate = mean_over_cases([v["value"] for v in values], shares=True)
            out.append(WinRate(second, first, rater, rate, won_second, won_first, ties, failed, len(values)))
    return out


def win_rates(mine: Collection) -> list[WinRate]:
    return _win_rates(_database(mine))


class WinChange(NamedTuple):
    """What tuning changed in how often raters found a model better than the same opponent."""

    pair: Pairing
    other: str
    rater: str
    change: Interval
    prompts: int


@_shared(max_entries=20)
def _win_changes(file: str, pairs: tuple[Pairing, ...]) -> list[WinChange]:
    rates, out = _win_rates(file), []
    for pair in pairs:
        for other, rater in dict.fromkeys((w.other, w.rater) for w in rates) | dict.fromkeys(
            (w.model, w.rater) for w in rates
        ):
            if other in (pair.base, pair.tuned):
                continue
            values = [
                {r["prompt_id"]: r["value"] for r in _store(file).by_prompt("win", model=m, other=other, rater=rater)}
                for m in (pair.base, pair.tuned)
            ]
            both = sorted(values[0].keys() & values[1].keys())
            if both and (change := mean_change([values[0][p] for p in both], [[values[1][p] for p in both]])):
                out.append(WinChange(pair, other, rater, change, len(both)))
    return out


def win_changes(mine: Collection) -> list[WinChange]:
    return _win_changes(_database(mine), mine.pairs)


class MarkMean(NamedTuple):
    row: MarkRow
    mean: Interval | None


@_shared(max_entries=20)
def _mark_means(file: str) -> list[MarkMean]:
    out = []
    for row in _store(file).mark_rows():
        values = _store(file).by_prompt("mark", scorer=row.scorer, model=row.model_id) if row.numbers else []
        out.append(MarkMean(row, mean_over_cases([v["value"] for v in values])))
    return out


def mark_means(mine: Collection) -> list[MarkMean]:
    return _mark_means(_database(mine))


def measured(mine: Collection) -> tuple[work.Measured, bool] | None:
    return work.measured(paths(), mine)
