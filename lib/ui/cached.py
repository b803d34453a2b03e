"""Caching at the edge: thin cached doors to the store, the text index and the model worker."""

import atexit
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import streamlit as st
from pydantic import ValidationError

from lib.cases.files import read_tours
from lib.domain import CaseStudy, Model, Tour, TrilemmaError
from lib.paths import paths
from lib.scoring.heads import Heads, read_heads
from lib.store.build import build
from lib.store.library import Store, open_library
from lib.store.search import Hit, build_index, search
from lib.tuning.adapters import AdapterCard, read_cards
from lib.tuning.findings import (
    CROSS_TABLE,
    Cell,
    Evaluation,
    Greedy,
    Trial,
    read_cross_table,
    read_evaluation,
    read_greedy,
    read_trials,
)
from lib.tuning.recipe import Recipe, read_recipes
from lib.validation.features import FeatureRecord, read_feature_records
from lib.validation.records import Record, read_records
from lib.worker.client import Client


@st.cache_data(ttl=15, show_spinner="Reading the library …")
def _built() -> str:
    return str(build(paths()))


def _database() -> str:
    """The path of the database for the files as they are, looked at anew now and then, so that finished jobs appear."""
    with mendable():
        return _built()


@contextmanager
def mendable() -> Generator[None]:
    """Where a file cannot be used the page says which, and stops here."""
    try:
        yield
    except (TrilemmaError, ValidationError) as fault:
        st.error("The library cannot be read, because a data file has a problem. Mend the file and reload the page.")
        st.code(str(fault), language=None, wrap_lines=True)
        st.stop()


@st.cache_resource(max_entries=2)
def _store(database: str) -> Store:
    return open_library(Path(database))


def store() -> Store:
    """The library."""
    return _store(_database())


@st.cache_data(max_entries=200)
def _case(database: str, case_id: str) -> CaseStudy | None:
    return _store(database).case(case_id)


def case(case_id: str) -> CaseStudy | None:
    return _case(_database(), case_id)


@st.cache_data(ttl=60)
def tours() -> tuple[Tour, ...]:
    return read_tours(paths().cases)


@st.cache_data(max_entries=4)
def _models(database: str) -> list[Model]:
    return _store(database).models()


def models() -> dict[str, Model]:
    return {m.id: m for m in _models(_database())}


@st.cache_data(max_entries=200, show_spinner="Searching …")
def _hits(database: str, query: str) -> list[Hit]:
    return search(build_index(_store(database), Path(database)), query)


def hits(query: str) -> list[Hit]:
    return _hits(_database(), query)


def heads() -> Heads:
    """The learned scorers."""
    return read_heads(paths().heads)


@st.cache_data(ttl=60)
def records() -> list[Record]:
    """How far each scorer can be trusted."""
    return read_records(paths().validity)


@st.cache_data(ttl=60)
def feature_records() -> list[FeatureRecord]:
    """How far each marked feature can be trusted."""
    return read_feature_records(paths().validity)


@st.cache_data(ttl=60)
def recipes() -> list[Recipe]:
    """How our own adapters are tuned: SFT first, then one criterion after the other, then all three."""
    return read_recipes(paths().recipes)


@st.cache_data(ttl=60)
def adapter_cards() -> dict[str, AdapterCard]:
    """Our own adapters that are here, in the order of the recipes; those without a recipe come last."""
    made = read_cards(paths().adapters)
    order = [r.id for r in recipes() if r.id in made]
    return {name: made[name] for name in dict.fromkeys([*order, *made])}


class TuningFindings(NamedTuple):
    table: list[Cell]
    report: Evaluation
    greedy: list[Greedy]


@st.cache_data(ttl=60)
def tuning_findings() -> TuningFindings | None:
    """What came of the adapters that are here, where they have been evaluated; what was measured of other weights is left out."""
    if not (paths().tuning / CROSS_TABLE).exists():
        return None
    report, cards = read_evaluation(paths().tuning), adapter_cards()
    here = {name: card.weights_sha256 for name, card in cards.items()}
    known = {name for name, sha in report.weights.items() if here.get(name) == sha} | {
        card.recipe.base for card in cards.values()
    }
    if not all(name in known for name, card in cards.items() if card.recipe.stage == "sft"):
        return None
    kept = {
        "models": [b for b in report.models if b.model in known],
        "choices": [c for c in report.choices if c.model in known],
        "weights": {name: sha for name, sha in report.weights.items() if name in known},
    }
    return TuningFindings(
        [c for c in read_cross_table(paths().tuning) if c.model in known],
        report.model_copy(update=kept),
        [g for g in read_greedy(paths().tuning) if g.model in known],
    )


@st.cache_data(ttl=60)
def trials() -> list[Trial]:
    """The strengths that were tried, with what stayed readable."""
    return read_trials(paths().tuning)


@st.cache_data(max_entries=4)
def _prompt_titles(database: str) -> dict[str, str]:
    library = _store(database)
    cases = [library.case(row.id) for row in library.case_rows()]
    return {p.id: f"{case.title}: {p.text}" for case in cases if case for p in case.prompts}


def prompt_titles() -> dict[str, str]:
    """Case and text of every prompt, by its id."""
    return _prompt_titles(_database())


@st.cache_resource
def client() -> Client:
    """The one door to the model worker, shared by all visitors."""
    shared = Client()
    atexit.register(shared.close)
    return shared
