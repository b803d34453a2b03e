"""Caching at the edge: cached doors to the store, the findings, the figures and the model worker."""

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
from lib.cases.foundations import read_foundations, read_glossary
from lib.cases.replies import STEMS
from lib.domain import CaseStudy, Check, Foundation, Model, Prompt, ReplyLogLikelihood, Response, Run, Term, Tour
from lib.findings import records
from lib.measures.differences import CheckCount, Difference, by_place, differences
from lib.measures.likelihood import Summary
from lib.models.registry import pairs, read_registry
from lib.paths import paths
from lib.store.build import build, opened
from lib.store.library import CaseFilter, CaseRow, LibraryCounts, Opening, Store
from lib.tuning import findings as tuning
from lib.tuning import sets
from lib.tuning.adapters import AdapterCard, read_cards
from lib.tuning.recipe import read_recipes
from lib.tuning.sets import TuningSet
from lib.ui import validity
from lib.worker.client import Client
from lib.worker.pace import Pace

# One object for every visitor: connections, and frozen records that no page changes.
_opening = threading.Lock()
_shared = partial(st.cache_resource, show_spinner=False)


@st.cache_data(ttl=15, show_spinner="Reading the library …")
def _built() -> str:
    return str(build(paths()))


def database() -> str:
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
    return _store(database())


def forget_library() -> None:
    """Look at the files afresh: the visitor has just changed the registry."""
    _built.clear()
    registry_faults.clear()


@_shared(max_entries=3_000)
def _told(database: str, question: str, *arguments: Hashable) -> Any:
    """What a method of the store answers, had once for each database."""
    found = getattr(_store(database), question)(*arguments)
    return tuple(found) if isinstance(found, list) else found


def _ask(question: str, *arguments: Hashable) -> Any:
    return _told(database(), question, *arguments)


def counts() -> LibraryCounts:
    return _ask("counts")


def case(case_id: str) -> CaseStudy | None:
    return _ask("case", case_id)


def checks_of(prompt: Prompt) -> tuple[Check, ...]:
    """The checks of a case's prompt as it reads now; none for a prompt that is no longer the case's."""
    study = case(prompt.case_id)
    return tuple(study.checks_of(prompt)) if study and prompt in study.prompts else ()


def case_rows(wanted: CaseFilter = CaseFilter()) -> tuple[CaseRow, ...]:
    """The cases that fit, with their counts."""
    return _ask("case_rows", wanted)


def models() -> Mapping[str, Model]:
    return {m.id: m for m in _ask("models")}


@_shared(ttl=5)
def registry_faults() -> tuple[str, ...]:
    """What is wrong with the entries of the registry that are left out."""
    return read_registry(paths().models).faults


def answering_models(case_id: str, seeds: bool = False) -> tuple[str, ...]:
    """Those with stored answers. `seeds`: with the later seeds of a tuning, which count in the findings."""
    every = _ask("answering_models", case_id)
    return every if seeds else sets.first_seeds(every, tuning_sets())


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


def openings() -> Sequence[Opening]:
    """How most of each model's answers begin."""
    return _ask("openings")


@_shared(max_entries=200, ttl=60)
def _differences(database: str, case_id: str) -> Sequence[Difference]:
    study, every = _told(database, "case", case_id), {m.id: m for m in _told(database, "models")}
    records = validity.check_records()
    trusted = tuple(c for c in study.checks if (r := records.get((case_id, c.key))) and r.trusted)
    answering = [m for m in answering_models(case_id) if m in every]
    counts = by_place(_told(database, "check_counts", case_id))
    return differences(study, trusted, counts, answering, pairs(every.values()))


def case_differences(case_id: str) -> Sequence[Difference]:
    """Every comparison that the checks of a case allow which agree with hand labels, the clearest first."""
    return _differences(database(), case_id)


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


@_shared(ttl=60)
def foundations() -> tuple[Foundation, ...]:
    """The chapters that a course can stand on."""
    return read_foundations(paths().cases)


@_shared(ttl=60)
def glossary() -> tuple[Term, ...]:
    return read_glossary(paths().cases)


@_shared(ttl=60)
def tuning_sets() -> list[TuningSet]:
    """Our own adapters and their recipes, base by base."""
    return sets.tuning_sets(read_recipes(paths().recipes), read_cards(paths().adapters))


class TuningFindings(NamedTuple):
    table: list[tuning.Cell]
    report: tuning.Evaluation
    greedy: list[tuning.Greedy]
    taught: list[tuning.Taught]


@_shared(ttl=60)
def tuning_findings(base: str) -> TuningFindings | None:
    """What came of the adapters on a base that are here, where evaluated; not measures of other weights."""
    folder = paths().tuning / base
    if not (folder / tuning.CROSS_TABLE).exists():
        return None
    report, mine = tuning.read_evaluation(folder), next(s for s in tuning_sets() if s.base == base)
    known = {base, *(n for n, card in mine.cards.items() if report.weights.get(n) == card.weights_sha256)}
    if mine.reference not in known:
        return None
    kept = {
        "models": [b for b in report.models if b.model in known],
        "choices": [c for c in report.choices if c.model in known],
        "weights": {name: sha for name, sha in report.weights.items() if name in known},
    }
    return TuningFindings(
        [c for c in tuning.read_cross_table(folder) if c.model in known],
        report.model_copy(update=kept),
        [g for g in tuning.read_greedy(folder) if g.model in known],
        [t for t in tuning.read_taught(folder) if t.model in known],
    )


@_shared(ttl=60)
def _findings(database: str) -> records.Found | None:
    library = _store(database)
    cases = [c for row in library.case_rows() if (c := library.case(row.id))]
    return records.read(paths(), cases, library.models())


def findings() -> records.Found | None:
    """What was found over the library; None where nothing has been measured."""
    return _findings(database())


@_shared(ttl=60)
def trials(base: str) -> list[tuning.Trial]:
    """The strengths that were tried over a base, with what stayed readable."""
    return tuning.read_trials(paths().tuning / base)


@_shared(max_entries=4)
def _prompts(database: str) -> Sequence[tuple[CaseStudy, Prompt]]:
    library = _store(database)
    cases = (library.case(row.id) for row in library.case_rows())
    return [(case, prompt) for case in cases if case for prompt in case.prompts]


def prompt_titles() -> dict[str, str]:
    """Case and text of every prompt, by its id."""
    return {p.id: f"{case.title}: {p.text}" for case, p in _prompts(database())}


def prompt_labels() -> dict[str, str]:
    """The label of every prompt within its case, by its id."""
    return {p.id: p.label for _, p in _prompts(database())}


@cache
def _client() -> Client:
    shared = Client(pace=Pace(paths().local / "pace.json"))
    atexit.register(shared.close)
    return shared


def client() -> Client:
    """The one door to the model worker, shared by all visitors: outside Streamlit's caches too."""
    with _opening:
        return _client()
