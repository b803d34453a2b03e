"""The Live page with a model at work: asked, stopped, answered, kept and deleted."""

import time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lib.models.install import install
from lib.models.registry import read_models
from lib.paths import ROOT
from lib.store.local import kept_runs
from lib.ui import cached
from lib.worker.client import Client


@pytest.fixture
def live(tiny_data, monkeypatch):
    """The page, with one model installed and a worker of its own."""
    st.cache_data.clear()
    st.cache_resource.clear()
    install(read_models(tiny_data.models)[0], print)
    client = Client()
    monkeypatch.setattr(cached, "client", lambda: client)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.switch_page("pages/live.py")
    yield app.run()
    client.close()


def _ask(app: AppTest, tokens: int) -> None:
    app.text_area(key="live_text").set_value("What is tea?")
    app.number_input(key="live_max_tokens").set_value(tokens)
    app.button[0].click().run()
    assert not app.exception and not app.error


def _finish(app: AppTest) -> None:
    """Waits for the end of the job and draws the page again."""
    job, deadline = app.session_state["live_job"], time.monotonic() + 300
    while not job.over:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    app.run()
    assert not app.exception


def _said(app: AppTest) -> str:
    return "\n".join(str(e.value) for kind in (app.markdown, app.caption, app.info, app.warning) for e in kind)


def test_an_answer_is_shown_kept_and_deleted(live, tiny_data):
    _ask(live, 8)
    _finish(live)
    assert "No trustworthy score for helpful, harmless, honest" in _said(live) and "Sample 1 of 2" in _said(live)
    live.button(key="live_keep").click().run()
    (kept,) = kept_runs(tiny_data).runs
    assert kept.prompt.text == "What is tea?" and "1 kept on this computer" in _said(live)
    live.session_state[f"live_kept_{kept.id}"] = True
    live.run()
    live.button(key=f"live_forget_{kept.id}").click().run()
    assert not live.exception and kept_runs(tiny_data).runs == [] and "kept on this computer" not in _said(live)


def test_answers_to_a_prompt_of_ones_own_are_checked_for_what_one_writes(live):
    _ask(live, 8)
    _finish(live)
    assert not any("says 56" in d.value.columns for d in live.dataframe)
    live.text_area(key="live_should_say").set_value("56\nfifty six")
    live.text_area(key="live_should_not_say").set_value("a ... b ... c ... d ... e")
    live.checkbox(key="live_agrees").check().run()
    (table,) = (d.value for d in live.dataframe if "says 56 or fifty six" in d.value.columns)
    assert set(table["says 56 or fifty six"]) <= {"0 of 2", "0 of 1", "can't tell"}
    assert list(table.columns) == ["model", "says 56 or fifty six", "says that you are right"]
    assert "more than 3 gaps" in live.error[0].value
    assert len(live.session_state["live_result"].responses) == 2


def test_what_a_visitor_writes_is_words_and_no_expression_that_could_hold_the_app(live):
    _ask(live, 8)
    _finish(live)
    live.text_area(key="live_should_say").set_value("/(\\w+\\s?)+$/").run()
    (table,) = (d.value for d in live.dataframe if any("says" in str(c) for c in d.value.columns))
    assert not live.error and "/" not in table.columns[1]


def test_a_growing_answer_can_be_stopped_and_a_new_prompt_stops_the_old(live):
    _ask(live, 512)
    first = live.session_state["live_job"]
    assert live.button(key="live_stop") and not first.over
    _ask(live, 504)
    assert first.state == "cancelled"
    live.button(key="live_stop").click().run()
    _finish(live)
    assert "Stopped." in _said(live) and live.session_state["live_job"].state == "cancelled"
