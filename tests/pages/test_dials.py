"""The dials of the tuning lab, with a family of tiny models at work."""

import shutil

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lib.cases.files import read_cases
from lib.domain import Settings
from lib.inference.loading import load
from lib.models.install import install
from lib.models.weights import weights_id
from lib.paths import ROOT
from lib.runs.precompute import Source, precompute
from lib.worker.client import Client
from tests.makers import finish

pytest.importorskip("trl")

GREEDY = Settings(temperature=0, max_tokens=12)


def _lab(monkeypatch, worker) -> AppTest:
    from lib.ui import cached

    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(cached, "client", lambda: worker)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.switch_page("pages/tuning.py")
    return app.run()


def test_the_dials_change_the_answer_and_draw_its_path(with_adapter, worker, tiny_data, monkeypatch):
    case = read_cases(tiny_data.cases)[0]
    base = with_adapter["tiny-dialogue"]
    precompute(tiny_data, Source(base, base.template, weights_id(base), lambda: load(base)), [case], 1, GREEDY)
    app = _lab(monkeypatch, worker)
    assert not app.exception
    app.slider(key="tuning_w_honest").set_value(0.5).run()
    finish(worker, app.session_state["tuning_job"])
    app.run()
    assert (
        not app.exception and "The mix answers** (honest 0.5)" in _said(app) and app.button(key="tuning_ask").disabled
    )
    app.slider(key="tuning_w_honest").set_value(0.0).run()
    finish(worker, app.session_state["tuning_job"])
    app.run()
    assert "The mix answers** (all at 0 (SFT))" in _said(app)
    path = next(d.value for d in app.dataframe if "helpful" in d.value.columns and "label" in d.value.columns)
    assert list(path["label"]) == ["base", "honest 0.5", "all at 0 (SFT)"]
    shifts = next(d.value for d in app.dataframe if len(d.value) == len(case.replies) and "value" in d.value.columns)
    assert shifts["value"].abs().max() > 0
    app.slider(key="tuning_w_honest").set_value(0.3).run()
    left = app.session_state["tuning_job"]
    app.slider(key="tuning_w_honest").set_value(
        0.5
    ).run()  # known already: nothing is asked again, and what was under way is stopped
    assert (
        left.state == "cancelled"
        and "tuning_job" not in app.session_state
        and "The mix answers** (honest 0.5)" in _said(app)
    )


def test_each_set_has_its_own_dials_and_path(with_two_sets, worker, tiny_data, monkeypatch):
    install(with_two_sets["tiny-chat"], print)
    app = _lab(monkeypatch, worker)
    app.segmented_control(key="set").set_value("Tiny (dialogue)").run()
    app.slider(key="tuning_w_honest").set_value(0.5).run()
    finish(worker, app.session_state["tuning_job"])
    app.run()
    assert "The mix answers** (honest 0.5)" in _said(app) and "adds one tuning to the SFT model" in _said(app)
    app.segmented_control(key="set").set_value("Tiny (chat)").run()
    assert not app.exception and "The mix answers" not in _said(app) and "adds one tuning to the start" in _said(app)
    app.slider(key="tuning_w_honest").set_value(0.0).run()
    finish(worker, app.session_state["tuning_job"])
    app.run()
    assert not app.exception and "The mix answers** (all at 0 (start))" in _said(app)
    path = next(d.value for d in app.dataframe if "helpful" in d.value.columns and "label" in d.value.columns)
    assert list(path["label"]) == ["all at 0 (start)"]
    app.segmented_control(key="set").set_value("Tiny (dialogue)").run()
    app.slider(key="tuning_w_honest").set_value(0.5).run()
    assert "The mix answers** (honest 0.5)" in _said(app)


def test_stopped_dials_say_so_and_can_be_asked_again(worker, monkeypatch):
    app = _lab(monkeypatch, worker)
    app.button(key="tuning_ask").click().run()
    worker.cancel(app.session_state["tuning_job"])
    app.run()
    assert not app.exception and "Stopped, so there is nothing to show" in _said(app)
    app.button(key="tuning_ask").click().run()
    finish(worker, app.session_state["tuning_job"])
    app.run()
    assert "The base's log-likelihoods of these replies are not stored" in _said(app) and "The mix answers" in _said(
        app
    )


def test_the_dials_without_the_base_name_the_command(with_adapter, monkeypatch):
    said = _said(_lab(monkeypatch, Client()))
    assert "so there is nothing to mix" in said and "MODEL=tiny-dialogue" in said


def test_the_lab_without_cases_or_with_fewer_adapters_says_what_is_missing(with_adapter, tiny_data, monkeypatch):
    client = Client()
    case = next(tiny_data.cases.glob("*.md"))
    case.rename(case.with_suffix(".away"))
    app = _lab(monkeypatch, client)
    assert not app.exception and "no case is installed" in _said(app)
    shutil.rmtree(tiny_data.adapters / "tiny-harmless")
    app = _lab(monkeypatch, client)
    assert not app.exception and "Missing: harmless" not in _said(app) and "no case is installed" in _said(app)
    case.with_suffix(".away").rename(case)
    app = _lab(monkeypatch, client)
    assert (
        not app.exception
        and "Missing: harmless" in _said(app)
        and "A recipe but no adapter yet: harmless." in _said(app)
    )
    for name in ("helpful", "honest"):
        shutil.rmtree(tiny_data.adapters / f"tiny-{name}")
    app = _lab(monkeypatch, client)
    assert not app.exception and "Only the SFT adapter is here" in _said(app)
    shutil.rmtree(tiny_data.adapters / "tiny-sft")
    app = _lab(monkeypatch, client)
    assert not app.exception and "No SFT adapter" in _said(app)


def test_an_adapter_without_a_recipe_is_shown_last(with_adapter, tiny_data, monkeypatch):
    (tiny_data.recipes / "tiny-helpful.toml").unlink()
    app = _lab(monkeypatch, Client())
    table = next(d.value for d in app.dataframe if "adapter" in d.value.columns)
    assert not app.exception and list(table["adapter"]) == ["SFT", "harmless", "honest", "helpful"]


def _said(app: AppTest) -> str:
    return "\n".join(
        str(e.value) for kind in (app.markdown, app.info, app.warning, app.error, app.code, app.caption) for e in kind
    )
