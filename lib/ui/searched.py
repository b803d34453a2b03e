"""Cached doors to the text search."""

from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

import streamlit as st

from lib.cases.synonyms import Synonyms, read_synonyms
from lib.paths import paths
from lib.store import search
from lib.store.answers import StoredAnswer, answers_at
from lib.store.texts import build_index
from lib.ui import cached


@st.cache_resource(ttl=60, max_entries=4, show_spinner="Reading the texts …")
def _index(database: str) -> Path:
    return build_index(cached.store(), paths())


@st.cache_resource(ttl=60, show_spinner=False)
def _synonyms() -> tuple[Synonyms, ...]:
    return read_synonyms(paths().cases)


@st.cache_resource(max_entries=300, show_spinner="Searching …", hash_funcs={FunctionType: lambda f: f.__qualname__})
def _searched(question: Callable[..., Any], index: Path, *arguments: Any) -> Any:
    return question(index, *arguments)


def _search(question: Callable[..., Any], *arguments: Any) -> Any:
    """What lib.store.search answers, had once for each index and list of synonyms."""
    return _searched(question, _index(cached.database()), *arguments, _synonyms())


def cases(query: str) -> search.Found:
    """The cases and chapters that fit a query, best first."""
    return _search(search.search, query)


def answers(query: str, within: tuple[str, ...] | None) -> search.AnswersFound:
    """The model answers that fit a query. `within`: to these cases alone."""
    return _search(search.answers, query, within)


def answers_shown(query: str, rows: tuple[int, ...]) -> list[tuple[StoredAnswer, search.Place | None]]:
    """The answers in these rows, each with the piece that fits a query best."""
    every = answers_at(cached.store(), rows)
    return list(zip(every, _search(search.answer_places, query, tuple(a.text for a in every)), strict=True))


def words_near(query: str) -> list[str]:
    """Words of the library that look most like those of a query that nothing fits."""
    return _search(search.words_near, query)
