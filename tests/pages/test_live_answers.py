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
from lib.worker.job import Job


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
    _send(app)
    assert not app.exception and not app.error


def _send(app: AppTest) -> None:
    next(b for b in app.button if b.label == "Ask the models").click().run()


def _finish(app: AppTest) -> None:
    """Waits for the end of the job and draws the page again."""
    _finish_job(app.session_state["live_job"])
    app.run()
    assert not app.exception


def _finish_job(job: Job) -> None:
    deadline = time.monotonic() + 300
    while not job.over:
        assert time.monotonic() < deadline
        cached.client().look(job)  # as the page in a browser does
        time.sleep(0.05)


def _said(app: AppTest) -> str:
    return "\n".join(str(e.value) for kind in (app.markdown, app.caption, app.info, app.warning) for e in kind)


def _texts(app: AppTest) -> str:
    return "\n".join(str(e.proto.body) for e in app.get("html"))


def _codes(app: AppTest) -> str:
    return "\n".join(c.value for c in app.code)


def test_an_answer_is_shown_kept_and_deleted(live, tiny_data):
    _ask(live, 8)
    _finish(live)
    assert "No trustworthy score for helpful, harmless, honest" in _said(live) and "Sample 1 of 2" in _said(live)
    assert [h.value for h in live.header] == ["Asked"] and "What is tea?" in _texts(live)
    live.button(key="live_keep").click().run()
    (kept,) = kept_runs(tiny_data).runs
    assert kept.prompt.text == "What is tea?" and "1 kept on this computer" in _said(live)
    live.session_state[f"live_kept_{kept.id}"] = True
    live.run()
    live.button(key=f"live_kept_{kept.id}_open").click().run()
    assert live.query_params["run"] == kept.id and "What is tea?" in _texts(live) and not live.text_area
    assert live.header[0].value.startswith("Kept run of 20") and live.get("download_button")
    live.button(key="live_all").click().run()
    assert live.text_area(key="live_text").value == "What is tea?" and "run" not in live.query_params
    live.session_state[f"live_kept_{kept.id}"] = True
    live.run()
    live.button(key=f"live_forget_{kept.id}").click().run()
    assert not live.exception and kept_runs(tiny_data).runs == [] and "kept on this computer" not in _said(live)


def test_a_refused_prompt_folds_the_answers_to_the_one_before(live):
    _ask(live, 8)
    _finish(live)
    live.text_area(key="live_text").set_value("?!")
    _send(live)
    assert "only symbols" in live.error[0].value and not live.header
    (folded,) = (e for e in live.expander if e.label.startswith("Answers to your earlier prompt"))
    assert folded.label.endswith("“What is tea?”") and not folded.proto.expanded
    live.run()
    assert "only symbols" in live.error[0].value, "another look at the page doesn't give the answers a new question"
    live.text_area(key="live_text").set_value("What is tea?").run()
    assert not live.error and live.header[0].value == "Asked"


def test_a_prompt_outlives_the_visit_to_another_page(live):
    live.text_area(key="live_text").set_value("What is tea?").run()
    live.number_input(key="live_max_tokens").set_value(16)
    live.switch_page("pages/method.py").run()
    live.switch_page("pages/live.py").run()
    assert live.text_area(key="live_text").value == "What is tea?"


def test_a_prompt_stopped_before_a_word_says_so_and_shows_no_empty_cards(live):
    other = Job("other", (), "running", at_work=True)
    client = cached.client()
    client._waiting.append(other)  # as while another visitor's prompt is answered
    _ask(live, 8)
    assert "1 prompt ahead of yours. Yours starts by itself. How long that takes isn't measured yet" in _said(live)
    live.button(key="live_stop").click().run()
    assert "Stopped, while your prompt waited for its turn" in _said(live)
    assert not live.get("download_button") and "Sample" not in _said(live)


def test_a_kept_run_that_is_gone_is_said(live):
    live.query_params["run"] = "f" * 32
    live.run()
    assert not live.exception and "No run with the id “ffff" in live.warning[0].value and not live.text_area


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
    assert len(live.session_state["live_result"][0].responses) == 2


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
    assert "Stopped" in _said(live) and live.session_state["live_job"].state == "cancelled"


def test_several_prompts_make_a_grid_and_each_can_be_kept(live, tiny_data):
    live.checkbox(key="live_several").set_value(True)
    live.text_area(key="live_text").set_value("What is tea, and who drinks it?\nWas ist Tee, und wer trinkt ihn?")
    live.number_input(key="live_max_tokens").set_value(8)
    _send(live)
    _finish(live)
    said = _said(live)
    assert [h.value for h in live.header] == ["Asked"]
    assert "2 prompts. Shown: the first sample" in said
    assert "Language: English, detected" in said and "Language: German, detected" in said
    results = live.session_state["live_result"]
    assert [r.prompt.language for r in results] == ["en", "de"] and all(len(r.responses) == 2 for r in results)
    live.session_state[f"live_row_{results[1].id}"] = True
    live.run()
    live.button(key="live_2_keep").click().run()
    (kept,) = kept_runs(tiny_data).runs
    assert kept.prompt.language == "de" and f"/live?run={kept.id}" in _codes(live)
    live.text_area(key="live_text").set_value("What is tea, and who drinks it?\n?!")
    _send(live)
    (folded,) = (e for e in live.expander if e.label.startswith("Answers to your earlier prompts"))
    assert folded.label.endswith("“What is tea, and who drinks it?” and 1 more")
    assert "only symbols" in live.error[0].value


def test_several_prompts_stopped_after_the_first_say_so_once_and_keep_what_was_answered(live):
    live.checkbox(key="live_several").set_value(True)
    live.text_area(key="live_text").set_value("What is tea?\nWhat is milk?\nWhat is salt?")
    live.number_input(key="live_max_tokens").set_value(8)
    _send(live)
    first, *others = (a.job for a in live.session_state["live_asked"])
    for other in others:
        cached.client().cancel(other)
    _finish_job(first)
    live.run()
    assert not live.exception and [w.value for w in live.warning] == ["Stopped\\."]
    assert "3 prompts. Shown" in _said(live) and len(live.session_state["live_result"]) == 3


def test_turns_and_samples_at_zero_and_replies_to_choose_from(live):
    live.text_area(key="live_system").set_value("Be brief.")
    live.text_area(key="live_turns").set_value("User: Hi\nAssistant: Hello!")
    live.text_area(key="live_reply_helpful").set_value("Of course I will.")
    live.number_input(key="live_temperature").set_value(0.0)
    _ask_failing(live, "There is one candidate reply")
    live.text_area(key="live_reply_honest").set_value("I am not sure.")
    _ask(live, 8)
    _finish(live)
    said = _said(live)
    assert "All samples of a model are the same text" in said and "Which reply would they rather give" in said
    (live_run,) = live.session_state["live_result"]
    assert [m.role for m in live_run.prompt.messages] == ["system", "user", "assistant", "user"]
    assert live_run.responses[0].text == live_run.responses[1].text
    tables = [d.value for d in live.dataframe if "reply" in d.value.columns]
    assert tables, said
    (table,) = tables
    assert list(table["reply"]) == ["helpful: Of course I will.", "honest: I am not sure."]


def _ask_failing(app: AppTest, says: str) -> None:
    app.text_area(key="live_text").set_value("What is tea?")
    _send(app)
    assert not app.exception and says in app.error[0].value


def test_an_edited_prompt_of_a_case_keeps_the_cases_checks(live, tiny_data):
    live.session_state["live_from"] = "a case's prompt"
    live.run()
    key = next(t.key for t in live.text_area if t.key and t.key.startswith("live_edit_"))
    live.text_area(key=key).set_value("What else could I say to her?")
    live.number_input(key="live_max_tokens").set_value(8)
    _send(live)
    _finish(live)
    (live_run,) = live.session_state["live_result"]
    assert live_run.prompt.case_id == "live" and "You edited this prompt" in _said(live)
    assert "Checks over all samples" in _said(live)
