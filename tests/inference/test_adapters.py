"""Adapters in use: they switch and mix within a batch, in the worker, and by the dials of the lab."""

import json
import shutil
import time
from dataclasses import replace

import pytest
import streamlit as st
import torch
from peft.tuners.lora import LoraLayer
from streamlit.testing.v1 import AppTest

from lib.cases.files import read_cases
from lib.domain import CRITERIA, Continuation, Exchange, GenerateRow, LogLik, Message, Settings, TrilemmaError
from lib.inference.engine import Engine
from lib.inference.loading import load, load_family, mixed
from lib.models.install import install
from lib.models.registry import read_models
from lib.models.weights import ADAPTER_WEIGHTS, verify, weights_dir, weights_id
from lib.paths import ROOT
from lib.runs.precompute import precompute
from lib.store.build import build
from lib.store.library import open_library
from lib.tuning.adapters import read_card, write_card
from lib.tuning.mix import as_rows, exchanges
from lib.worker.client import Client
from lib.worker.protocol import Generation, LogLikelihoods
from tests.makers import RUN, response, store_answers, the_case

pytest.importorskip("trl")


WORDS = [Continuation("User: Question 3?\nAssistant:", text) for text in ("Yes, with care.", "No.")]


def test_adapters_change_what_the_model_says_and_leave_the_base_alone(tiny, family):
    bare = tiny().loglik(WORDS)
    assert [x.logprob for x in family["tiny"].loglik(WORDS)] == pytest.approx([x.logprob for x in bare], abs=1e-4)
    sft, dpo = (family[n].loglik(WORDS) for n in ("tiny-sft", "tiny-dpo"))
    assert sft[0].logprob > bare[0].logprob + 1
    assert dpo[0].logprob - dpo[1].logprob > sft[0].logprob - sft[1].logprob + 0.5


def test_rows_of_one_batch_are_read_by_different_adapters(family):
    def alone(name: str) -> str:
        return "".join(
            p.text
            for p in family[name].generate(
                [GenerateRow("User: Question 3?\nAssistant:", 1)], Settings(temperature=0, max_tokens=12)
            )
        )

    rows = [GenerateRow("User: Question 3?\nAssistant:", 1, family[n].shares) for n in family]
    texts = [""] * len(rows)
    for piece in family["tiny"].generate(rows, Settings(temperature=0, max_tokens=12)):
        texts[piece.row] += piece.text
    assert texts == [alone(n) for n in family] and len(set(texts)) > 1
    assert family["tiny"].shares == (0.0, 0.0)


@pytest.mark.parametrize(("weight", "same"), [(1.0, "tiny-dpo"), (0.0, "tiny-sft")])
def test_a_mix_at_its_ends_is_the_adapter_or_its_start(family, weight, same):
    mix = mixed(family, "tiny-sft", {"tiny-dpo": weight})
    assert [x.logprob for x in mix.loglik(WORDS)] == pytest.approx(
        [x.logprob for x in family[same].loglik(WORDS)], abs=1e-3
    )


def test_a_mix_is_linear_in_the_weights_where_they_sum_to_more_than_one(family):
    assert mixed(family, "tiny-sft", {"tiny-dpo": 3.0}).shares == (-2.0, 3.0)
    layer = next(m for m in family["tiny"].network.modules() if isinstance(m, LoraLayer))
    row = torch.randn(1, 1, layer.in_features)

    def delta(engine: Engine) -> torch.Tensor:
        engine._share([None])
        return layer(row) - layer.base_layer(row)

    parts = [delta(family[n]) for n in ("tiny-sft", "tiny-dpo")]
    assert torch.allclose(delta(mixed(family, "tiny-sft", {"tiny-dpo": 3.0})), 3 * parts[1] - 2 * parts[0], atol=1e-4)
    assert parts[1].abs().max() > 1e-3


def test_a_mix_half_way_is_neither(family):
    half = mixed(family, "tiny-sft", {"tiny-dpo": 0.5}).loglik(WORDS)[0].logprob
    ends = sorted(family[n].loglik(WORDS)[0].logprob for n in ("tiny-sft", "tiny-dpo"))
    assert abs(half - ends[0]) > 1e-3 and abs(half - ends[1]) > 1e-3


# ---- the worker -------------------------------------------------------------------------------

ENTRY = """
[[model]]
id = "{id}"
label = "{id}"
family = "tiny"
stage = "{stage}"
base_id = "tiny-dialogue"
licence = "none"
licence_url = "https://example.org/licence"
template = "dialogue"
context_tokens = 2048
tuning = "For tests."
[model.source]
kind = "adapter"
sha256 = "{sha}"
""" + "".join(
    f'[model.disclosures."{about}"]\nstatus = "disclosed"\nnote = "A test."\nsource = "https://example.org"\n'
    for about in ("preference data", "raters", "guide", "reward model")
)


@pytest.fixture
def with_adapter(tiny_data, adapters):
    """The tiny library with both adapters on its dialogue model and their recipes; the tuned one for each criterion."""
    entries, recipes = [], tiny_data.data / "recipes"
    recipes.mkdir()
    for name, criterion in (("tiny-sft", None), *(("tiny-dpo", c) for c in CRITERIA)):
        card = read_card(adapters / "adapters" / name)
        own = f"tiny-{criterion}" if criterion else name
        folder = tiny_data.data / "adapters" / own
        shutil.copytree(adapters / "adapters" / name, folder)
        recipe = card.recipe.model_copy(
            update={
                "id": own,
                "label": f"Tiny, {criterion or 'SFT'}",
                "base": "tiny-dialogue",
                "criteria": (criterion or "honest",),
            }
        )
        write_card(folder, card.model_copy(update={"recipe": recipe}))
        (recipes / f"{own}.toml").write_text(
            "\n".join(f"{k} = {json.dumps(v)}" for k, v in recipe.model_dump(exclude_none=True).items())
        )
        entries.append(ENTRY.format(id=own, stage="preference" if criterion else "sft", sha=card.weights_sha256))
    tiny_data.models.write_text(tiny_data.models.read_text() + "".join(entries))
    return {m.id: m for m in read_models(tiny_data.models)}


@pytest.fixture
def worker(with_adapter):
    install(with_adapter["tiny-sft"], print)
    client = Client()
    yield client
    client.close()


def _end(client: Client, job):
    deadline = time.monotonic() + 300
    while not job.over:
        assert time.monotonic() < deadline
        client.look(job)
        time.sleep(0.05)
    return job


def test_an_adapter_is_here_when_its_base_is(with_adapter):
    adapter = with_adapter["tiny-sft"]
    assert weights_dir(adapter) is None and weights_id(adapter) == ""
    install(adapter, print)
    assert weights_dir(adapter) is not None and weights_id(adapter) == adapter.source.sha256 and verify(adapter) == []
    (weights_dir(adapter) / ADAPTER_WEIGHTS).write_bytes(b"other")
    assert "has changed" in verify(adapter)[0]


def test_an_adapter_trained_again_is_refused_and_its_older_answers_stay_out(with_adapter, tiny_data, tiny):
    adapter = with_adapter["tiny-sft"]
    with pytest.raises(TrilemmaError, match=f'sha256 = "{adapter.source.sha256}"'):
        load_family(
            tiny(),
            [replace(adapter, source=replace(adapter.source, sha256="0" * 64))],
            lambda m: tiny_data.adapters / m.id,
        )
    for sha, stored in (("0" * 64, 0), (adapter.source.sha256, 1)):
        run = replace(RUN, id=f"tiny-sft.broken-vase.{sha}", model_id="tiny-sft", model_sha256=sha)
        store_answers(tiny_data, [response(the_case(tiny_data))], run)
        assert open_library(build(tiny_data)).counts().responses == stored


ASKED = (Message("user", "Question 3?"),)
GREEDY = Settings(temperature=0, max_tokens=12)


def test_base_and_adapter_answer_one_live_prompt(worker):
    job = _end(worker, worker.submit(Generation(("tiny-dialogue", "tiny-sft"), ASKED, "live/x", 2, GREEDY)))
    assert (job.state, job.message) == ("done", "")
    base, tuned = (job.parts[m].answers for m in ("tiny-dialogue", "tiny-sft"))
    assert base[0].text == base[1].text != tuned[0].text == tuned[1].text
    assert all(a.finish for a in (*base, *tuned))


def _mix(weights: dict[str, float]) -> Generation:
    return Generation(("tiny-sft",), ASKED, "case/x", 1, GREEDY, weights=weights)


def test_a_mix_answers_and_compares_replies_as_its_weights_say(worker, family):
    compared = (
        Exchange(ASKED, "Yes, with care."),
        Exchange(ASKED, "No."),
        Exchange((Message("user", "Go on."),), "No."),
    )
    found = {}
    for weight in (1.0, 0.0):
        job = _end(
            worker,
            worker.submit(_mix({"tiny-honest": weight}), LogLikelihoods("tiny-sft", compared, {"tiny-honest": weight})),
        )
        assert (job.state, job.message) == ("done", "")
        found[weight] = job
    for weight, name in ((1.0, "tiny-dpo"), (0.0, "tiny-sft")):
        engine = family[name]
        wanted = engine.loglik([Continuation(engine.render(e.messages), e.text) for e in compared])
        assert [x.logprob for x in found[weight].logliks] == pytest.approx(
            [x.logprob for x in wanted], rel=0.02
        )  # the worker reads in bf16
        assert [x[1:] for x in found[weight].logliks] == [x[1:] for x in wanted]
    assert found[1.0].logliks != found[0.0].logliks


def test_a_mix_of_what_is_not_here_is_told(worker):
    job = _end(worker, worker.submit(_mix({"tiny-gone": 1.0})))
    assert job.state == "failed" and "The mix cannot be made" in job.message


# ---- the dials --------------------------------------------------------------------------------


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
    precompute(tiny_data, load(base), weights_id(base), [case], 1, GREEDY)
    app = _lab(monkeypatch, worker)
    assert not app.exception
    app.slider(key="tuning_w_honest").set_value(0.5).run()
    _end(worker, app.session_state["tuning_job"])
    app.run()
    assert (
        not app.exception and "The mix answers** (honest 0.5)" in _said(app) and app.button(key="tuning_ask").disabled
    )
    app.slider(key="tuning_w_honest").set_value(0.0).run()
    _end(worker, app.session_state["tuning_job"])
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


def test_stopped_dials_say_so_and_can_be_asked_again(worker, monkeypatch):
    app = _lab(monkeypatch, worker)
    app.button(key="tuning_ask").click().run()
    worker.cancel(app.session_state["tuning_job"])
    app.run()
    assert not app.exception and "Stopped, so there is nothing to show" in _said(app)
    app.button(key="tuning_ask").click().run()
    _end(worker, app.session_state["tuning_job"])
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
        and "A recipe and no adapter yet: harmless." in _said(app)
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


def test_likelihoods_come_back_in_the_order_in_which_they_were_asked(tiny_data):
    case = read_cases(tiny_data.cases)[0]
    asked = exchanges(case, case.prompts[0])
    rows = as_rows(case, case.prompts[0], [LogLik(-float(k), 1, len(e.text)) for k, e in enumerate(asked)])
    wording = {(r.id, w): text for r in case.replies for w, text in enumerate(r.wordings)}
    assert [wording[r.reply_id, r.wording] for r in rows] == [e.text for e in asked] and rows[
        0
    ].context == case.prompts[0].id
    assert len({(r.reply_id, r.wording, r.context) for r in rows}) == len(asked)
