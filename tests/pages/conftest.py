"""A page opened as a visitor opens it, on a small library or on the real one."""

import itertools
import shutil
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lib.domain import CRITERIA
from lib.paths import ROOT, Paths
from lib.ui import validity
from tests.makers import response, store_answers, store_scores, the_case


@pytest.fixture(autouse=True)
def fresh_caches():
    clear_caches()


def clear_caches() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()


def open_page(page: str, **query: str) -> AppTest:
    """The page of a link; fails where it ends in a traceback."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.switch_page(f"pages/{page}.py")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def words_of(app: AppTest) -> str:
    """Everything the page says, in one text."""
    kinds = (
        app.title,
        app.header,
        app.subheader,
        app.markdown,
        app.caption,
        app.info,
        app.warning,
        app.error,
        app.code,
        app.text,
    )
    metrics = "\n".join(m.label + str(m.value) for m in app.metric)
    return "\n".join(str(e.value) for kind in kinds for e in kind) + metrics


SCORERS = ("test-1", "judge-1", "heads-2")


@pytest.fixture
def data(tiny_data, monkeypatch) -> Paths:
    """One case: an answer with scores that have earned their place, one without, and a failed one."""
    monkeypatch.setattr(validity, "earned_scores", lambda: frozenset(itertools.product(SCORERS, CRITERIA)))
    case = the_case(tiny_data)
    answers = [
        response(case),
        response(case, sample=1, text="The cat did it."),
        response(case, prompt=1, text=None, error="No room for :red[it]."),
    ]
    store_answers(tiny_data, answers)
    store_scores(tiny_data, answers[:1])
    return tiny_data


@pytest.fixture(scope="session")
def _copy(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("real") / "data"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("local"))
    return folder


@pytest.fixture
def real_library(monkeypatch, _copy) -> None:
    """The shipped cases and answers, on a copy that no test changes."""
    monkeypatch.setenv("TRILEMMA_DATA", str(_copy))
