"""Caching at the edge: cached doors to the store, the text index, the findings, the figures and the model worker."""

import atexit
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cache, lru_cache, partial
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import plotly.graph_objects as go
import streamlit as st

from lib.cases.files import read_tours
from lib.cases.replies import STEMS
from lib.domain import CaseStudy, Model, Prompt, ReplyLogLikelihood, Response, Run, Tour
from lib.findings import records
from lib.measures.differences import CheckCount, Difference, by_place, differences
from lib.measures.likelihood import Summary
from lib.models.registry import pairs
from lib.paths import paths
from lib.store.build import build, opened
from lib.store.library import CaseFilter, CaseRow, LibraryCounts, Store
from lib.store.search import Hit, build_index, search
from lib.tuning import findings as tuning
from lib.tuning.adapters import AdapterCard, read_cards
from lib.tuning.recipe import Recipe, read_recipes
from lib.ui import validity
from lib.worker.client import Client

# One object for every visitor: connections, and frozen records that no page changes.
_opening = threading.Lock()
_shared = partial(st.cache_resource, show_spinner=False)


@st.cache_data(ttl=15, show_spinner="Reading the library …")
def _built() -> str:
    return str(build(paths()))


def _database() -> str:
    """The path of the database for the files as they are, looked at anew now and then, so that finished jobs appear."""
    return _built()


@lru_cache(maxsize=2)
def _opened(database: str) -> Store:
    """Opened once: outside Streamlit's caches, which a message to the server can clear."""
    return opened(paths(), Path(database))


def _store(database: str) -> Store:
    with _opening:
        return _opened(database)


def store() -> Store:
    """The library."""
    return _store(_database())


@_shared(max_entries=3_000)
def _told(database: str, question: str, *arguments: Hashable) -> Any:
    """What a method of the store answers, had once for each database."""
    found = getattr(_store(database), question)(*arguments)
    return tuple(found) if isinstance(found, list) else found


def _ask(question: str, *arguments: Hashable) -> Any:
    return _told(_database(), question, *arguments)


def counts() -> LibraryCounts:
    return _ask("counts")


def case(case_id: str) -> CaseStudy | None:
    return _ask("case", case_id)


def case_rows(wanted: CaseFilter = CaseFilter()) -> tuple[CaseRow, ...]:
    """The cases that fit, with their counts."""
    return _ask("case_rows", wanted)


def models() -> Mapping[str, Model]:
    return {m.id: m for m in _ask("models")}


def answering_models(case_id: str) -> tuple[str, ...]:
    return _ask("answering_models", case_id)


def other_templates(prompt_id: str) -> tuple[str, ...]:
    return _ask("other_templates", prompt_id)


def scorers(prompt_id: str) -> tuple[str, ...]:
    return _ask("scorers", prompt_id)


class Asked(NamedTuple):
    """Which stored answers: those to a prompt, of some models, under a template (None: each model's own)."""

    prompt_id: str
    model_ids: tuple[str, ...]
    template: str | None


def sample_counts(asked: Asked) -> Mapping[str, int]:
    """How many samples are stored of each model that has any."""
    return _ask("sample_counts", *asked)


def responses(asked: Asked, scorer: str | None, sample: int) -> Mapping[str, Response]:
    """The answer in one place, from 0, of each model that has so many."""
    return {r.model_id: r for r in _ask("responses", *asked, scorer, sample)}


def every_response(asked: Asked) -> list[Response]:
    """The answers in all places. Not kept: with a million answers these are thousands."""
    return store().responses(*asked)


def summaries(asked: Asked, scorer: str) -> Mapping[str, Sequence[Summary]]:
    """One scorer's means over all samples, by model."""
    return _ask("summaries", asked.prompt_id, scorer, asked.model_ids, asked.template)


def runs(answers: Iterable[Response]) -> Mapping[str, Run]:
    """The runs that answers were made in, by id."""
    found = {r.run_id: _ask("run", r.run_id) for r in answers}
    return {name: run for name, run in found.items() if run}


def check_counts(case_id: str) -> Sequence[CheckCount]:
    """What the checks of a case said of every model's answers."""
    return _ask("check_counts", case_id)


@_shared(max_entries=200, ttl=60)
def _differences(database: str, case_id: str) -> Sequence[Difference]:
    study, every = _told(database, "case", case_id), {m.id: m for m in _told(database, "models")}
    records = validity.check_records()
    trusted = tuple(c for c in study.checks if (r := records.get((case_id, c.key))) and r.trusted)
    answering = [m for m in _told(database, "answering_models", case_id) if m in every]
    counts = by_place(_told(database, "check_counts", case_id))
    return differences(study, trusted, counts, answering, pairs(every.values()))


def case_differences(case_id: str) -> Sequence[Difference]:
    """Every comparison that the checks of a case allow which agree with hand labels, the clearest first."""
    return _differences(_database(), case_id)


def reply_logliks(prompt: Prompt) -> Mapping[str, Sequence[ReplyLogLikelihood]]:
    """Model -> the stored log-likelihoods of the case's replies, after the prompt and after each neutral stem."""
    by_model: dict[str, list[ReplyLogLikelihood]] = {}
    for row in _ask("reply_logliks", prompt.case_id, (prompt.id, *(s.id for s in STEMS))):
        by_model.setdefault(row.model_id, []).append(row)
    return by_model


@_shared(
    max_entries=200,
    hash_funcs={FunctionType: lambda f: f.__qualname__, AdapterCard: lambda card: card.weights_sha256},
)
def figure(draw: Callable[..., go.Figure], *arguments: Any) -> go.Figure:
    """What a function of lib.charts draws, drawn once for the same frame and words."""
    return draw(*arguments)


@_shared(ttl=60)
def tours() -> tuple[Tour, ...]:
    return read_tours(paths().cases)


@st.cache_data(max_entries=200, show_spinner="Searching …")
def _hits(database: str, query: str) -> list[Hit]:
    return search(build_index(_store(database), Path(database)), query)


def hits(query: str) -> list[Hit]:
    return _hits(_database(), query)


@_shared(ttl=60)
def recipes() -> list[Recipe]:
    """How our own adapters are tuned: SFT first, then one criterion after the other, then all three."""
    return read_recipes(paths().recipes)


@_shared(ttl=60)
def adapter_cards() -> dict[str, AdapterCard]:
    """Our own adapters that are here, in the order of the recipes; those without a recipe come last."""
    made = read_cards(paths().adapters)
    order = [r.id for r in recipes() if r.id in made]
    return {name: made[name] for name in dict.fromkeys([*order, *made])}


class TuningFindings(NamedTuple):
    table: list[tuning.Cell]
    report: tuning.Evaluation
    greedy: list[tuning.Greedy]


@_shared(ttl=60)
def tuning_findings() -> TuningFindings | None:
    """What came of the adapters that are here, where they have been evaluated; not measures of other weights."""
    if not (paths().tuning / tuning.CROSS_TABLE).exists():
        return None
    report, cards = tuning.read_evaluation(paths().tuning), adapter_cards()
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
        [c for c in tuning.read_cross_table(paths().tuning) if c.model in known],
        report.model_copy(update=kept),
        [g for g in tuning.read_greedy(paths().tuning) if g.model in known],
    )


@_shared(ttl=60)
def _findings(database: str) -> records.Found | None:
    library = _store(database)
    cases = [c for row in library.case_rows() if (c := library.case(row.id))]
    return records.read(paths(), cases, library.models())


def findings() -> records.Found | None:
    """What was found over the library; None where nothing has been measured."""
    return _findings(_database())


@_shared(ttl=60)
def trials() -> list[tuning.Trial]:
    """The strengths that were tried, with what stayed readable."""
    return tuning.read_trials(paths().tuning)


@_shared(max_entries=4)
def _prompt_titles(database: str) -> dict[str, str]:
    library = _store(database)
    cases = [library.case(row.id) for row in library.case_rows()]
    return {p.id: f"{case.title}: {p.text}" for case in cases if case for p in case.prompts}


def prompt_titles() -> dict[str, str]:
    """Case and text of every prompt, by its id."""
    return _prompt_titles(_database())


@_shared(max_entries=4)
def _prompt_labels(database: str) -> dict[str, str]:
    library = _store(database)
    cases = [library.case(row.id) for row in library.case_rows()]
    return {p.id: p.label for case in cases if case for p in case.prompts}


def prompt_labels() -> dict[str, str]:
    """The label of every prompt within its case, by its id."""
    return _prompt_labels(_database())


@cache
def _client() -> Client:
    shared = Client()
    atexit.register(shared.close)
    return shared


def client() -> Client:
    """The one door to the model worker, shared by all visitors: outside Streamlit's caches too."""
    with _opening:
        return _client()
