"""Tuning: rows that never cross the split, training that learns, adapters that switch and mix, a table whose numbers are those of the formulas."""

import json
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from lib.cases import read_cases
from lib.criteria.public_sets import Choice, JudgedPair
from lib.domain import CRITERIA, AdapterSource, Continuation, Exchange, FolderSource, GenerateRow, LogLik, Message, Mix, Model, Prompt, Settings, TrilemmaError
from lib.inference.client import Client
from lib.inference.engine import BARE, load, load_family, load_folder, mixed
from lib.inference.install import install
from lib.paths import ROOT
from lib.precompute import precompute
from lib.registry import ADAPTER_WEIGHTS, read_models, verify, weights_dir, weights_id
from lib.tuning import commands
from lib.tuning.adapters import read_card, read_cards, write_card
from lib.tuning.dials import exchanges, weighed
from lib.tuning.evaluate import Scored, cells, evaluate, length_matched, preferred_by_likelihood, preferred_by_reward, probe
from lib.tuning.findings import Report, read_greedy, read_report, read_table, write
from lib.tuning.preferences import drawn, held_out, lengths, mixture, split
from lib.tuning.recipe import Recipe, read_recipe, read_recipes
from lib.tuning.strength import training_prompts, tried

pytest.importorskip("trl")
from lib.tuning.train import reply_head, training_rows, tune

TINY = Model("tiny", "Tiny", "tiny", "base", None, FolderSource("unused"), "none", "https://example.org", "dialogue", 2048, False, "Random.", {})


def _pair(number: int, better: str = "Yes, with care.", worse: str = "No.", criterion: str = "honest") -> JudgedPair:
    asked = (Message("user", f"Question {number}?"),)
    return JudgedPair(f"{criterion}/{number}", Exchange(asked, better), Exchange(asked, worse))


PAIRS = [_pair(k) for k in range(60)]


def _recipe(**changes) -> Recipe:
    plain = Recipe(
        id="tiny-sft", label="Tiny, SFT", stage="sft", base="tiny", criteria=("honest",), rows=8, learning_rate=0.02, batch=4, accumulate=1, max_tokens=400
    )
    return plain.model_copy(update=changes)


# ---- recipes ----------------------------------------------------------------------------------


def test_the_four_tunings_differ_in_their_data_alone():
    tuned = [r for r in read_recipes(ROOT / "data" / "recipes") if r.stage == "dpo"]
    assert len(tuned) == 4
    assert len({r.model_copy(update={"id": "x", "label": "x", "criteria": ("honest",)}) for r in tuned}) == 1
    assert {r.criteria for r in tuned} == {("helpful",), ("harmless",), ("honest",), ("helpful", "harmless", "honest")}


def test_a_faulty_recipe_is_named_by_file_and_field(tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text('id = "odd"\nstage = "ppo"\nrows = 0\n')
    with pytest.raises(TrilemmaError, match=r"odd.toml: stage: .*\n(.|\n)*odd.toml: rows:"):
        read_recipe(path)
    with pytest.raises(TrilemmaError, match=r"There is no recipe 'gone'\. Known: odd"):
        read_recipe(tmp_path / "gone.toml")


# ---- rows -------------------------------------------------------------------------------------


def test_no_prompt_is_on_both_sides_of_the_split():
    pairs = [*PAIRS, *(_pair(k, "Perhaps.") for k in range(60))]
    sides = split(pairs, lambda p: 10, 20)
    assert len(sides.train) + len(sides.held_out) == len(pairs)
    assert not {p.group for p in sides.train} & {p.group for p in sides.held_out}
    assert all(held_out(p.group) for p in sides.held_out) and 0.5 < len(sides.train) / len(pairs) < 0.9


def test_pairs_that_are_too_long_are_left_out():
    assert split(PAIRS, lambda p: 21 if p.group == "honest/0" else 20, 20).train == [p for p in PAIRS[1:] if not held_out(p.group)]


def test_every_prompt_is_drawn_once_before_any_is_drawn_twice_and_in_the_same_order():
    twice = [pair for k in range(10) for pair in (_pair(k, "One."), _pair(k, "Two."))]
    first = drawn(twice, 13)
    assert len({p.group for p in first[:10]}) == 10 and drawn(twice[::-1], 10)[0].group == first[0].group
    with pytest.raises(TrilemmaError, match="21 pairs are wanted, and only 20"):
        drawn(twice, 21)


def test_a_mixture_has_equal_parts():
    parts = {c: [_pair(k, criterion=c) for k in range(30)] for c in ("helpful", "harmless", "honest")}
    chosen = mixture(parts, 20)
    assert [sum(p.group.startswith(c) for p in chosen) for c in parts] == [7, 7, 6]


def test_lengths_tell_whose_replies_are_longer():
    found = lengths([_pair(0, "a b c", "a"), _pair(1, "a", "a")], lambda t: len(t.split()), lambda p: 5)
    assert found == (2, 5, 2, 1, 0.75)


# ---- training ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny(tiny_folder):
    return lambda: load_folder(TINY, tiny_folder, "dialogue", torch.float32)


def test_only_replies_are_scored_and_their_log_probabilities_are_the_models(tiny):
    plain, patched = tiny(), tiny()
    reply_head(patched.network)
    ids = torch.tensor([plain.tokenizer("User: Hello Assistant: Yes").input_ids])
    labels = ids.clone()
    labels[:, :10] = -100
    found = patched.network(ids, labels=labels, fused_lm_head=True)
    wanted = plain.network(ids).logits[0, :-1].log_softmax(-1).gather(-1, ids[0, 1:, None])[:, 0]
    assert torch.allclose(found.log_probs[0, 9:], wanted[9:], atol=1e-5) and not found.log_probs[0, :9].any()
    assert found.loss.item() == pytest.approx(-wanted[9:].mean().item(), abs=1e-5)
    assert torch.equal(patched.network(ids).logits, plain.network(ids).logits)


@pytest.fixture(scope="module")
def adapters(tiny, tmp_path_factory):
    """Two stages on made-up pairs: SFT, and DPO from it."""
    folder = tmp_path_factory.mktemp("tuned")
    pairs = {"honest": PAIRS}
    for recipe in (_recipe(epochs=3), _recipe(id="tiny-dpo", label="Tiny, honest", stage="dpo", start="tiny-sft", epochs=4)):
        engine = tiny()
        tune(recipe, engine, "0" * 64, training_rows(recipe, pairs, engine), folder / "adapters", folder / "work", lambda line: None)
    return folder


def test_training_lowers_the_loss_and_saves_a_card(adapters):
    sft, dpo = (read_card(adapters / "adapters" / n) for n in ("tiny-sft", "tiny-dpo"))
    assert sft.curve[-1].loss < sft.curve[0].loss and dpo.curve[-1].loss < dpo.curve[0].loss
    assert dpo.curve[0].loss == pytest.approx(np.log(2), abs=0.02)  # before the first step the model is its own reference
    assert dpo.curve[-1].reward_accuracy == 1.0 and dpo.lengths["rows"] == 8 and dpo.packages["trl"]


def test_what_is_saved_names_no_machine(adapters):
    for file in (adapters / "adapters").rglob("*.json"):
        assert str(adapters) not in file.read_text() and "/home" not in file.read_text()
    config = json.loads((adapters / "adapters" / "tiny-dpo" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "tiny" and config["r"] == 8


def test_training_goes_on_from_its_last_checkpoint(tiny, tmp_path):
    recipe = _recipe(rows=16, epochs=4)  # 16 steps; a checkpoint after 10
    said: list[str] = []

    engine = tiny()
    rows = training_rows(recipe, {"honest": PAIRS}, engine)
    tune(recipe, engine, "0" * 64, rows, tmp_path / "whole", tmp_path / "a", said.append)
    (checkpoint,) = (p for p in (tmp_path / "a").glob("*/checkpoint-*"))
    assert checkpoint.name == "checkpoint-16"
    tune(recipe, tiny(), "0" * 64, rows, tmp_path / "again", tmp_path / "a", said.append)
    assert "going on from checkpoint-16" in said[-1]
    whole, again = (read_card(tmp_path / name / recipe.id) for name in ("whole", "again"))
    assert [s.step for s in again.curve] == [s.step for s in whole.curve]


# ---- serving ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def family(tiny, adapters):
    base = tiny()
    models = [
        replace(TINY, id=name, label=name, stage=stage, base_id="tiny", source=AdapterSource(TINY, "0" * 64))
        for name, stage in (("tiny-sft", "sft"), ("tiny-dpo", "preference"))
    ]
    return load_family(base, models, lambda m: adapters / "adapters" / m.id)


WORDS = [Continuation("User: Question 3?\nAssistant:", text) for text in ("Yes, with care.", "No.")]


def test_adapters_change_what_the_model_says_and_leave_the_base_alone(tiny, family):
    bare = tiny().loglik(WORDS)
    assert [x.logprob for x in family["tiny"].loglik(WORDS)] == pytest.approx([x.logprob for x in bare], abs=1e-4)
    sft, dpo = (family[n].loglik(WORDS) for n in ("tiny-sft", "tiny-dpo"))
    assert sft[0].logprob > bare[0].logprob + 1
    assert dpo[0].logprob - dpo[1].logprob > sft[0].logprob - sft[1].logprob + 0.5


def test_rows_of_one_batch_are_read_by_different_adapters(family):
    def alone(name: str) -> str:
        return "".join(p.text for p in family[name].generate([GenerateRow("User: Question 3?\nAssistant:", 1)], Settings(temperature=0, max_tokens=12)))

    rows = [GenerateRow("User: Question 3?\nAssistant:", 1, family[n].adapter) for n in family]
    texts = [""] * len(rows)
    for piece in family["tiny"].generate(rows, Settings(temperature=0, max_tokens=12)):
        texts[piece.row] += piece.text
    assert texts == [alone(n) for n in family] and len(set(texts)) > 1
    assert family["tiny"].adapter == BARE


@pytest.mark.parametrize(("weight", "same"), [(1.0, "tiny-dpo"), (0.0, "tiny-sft")])
def test_a_mix_at_its_ends_is_the_adapter_or_its_start(family, weight, same):
    mix = mixed(family, "tiny-sft", {"tiny-dpo": weight})
    assert [x.logprob for x in mix.loglik(WORDS)] == pytest.approx([x.logprob for x in family[same].loglik(WORDS)], abs=1e-3)


def test_a_mix_is_linear_in_the_weights_where_they_sum_to_more_than_one(family):
    mix = mixed(family, "tiny-sft", {"tiny-dpo": 3.0})
    layer = next(m for m in mix.network.modules() if "mix" in getattr(m, "lora_A", {}))

    def delta(name: str) -> torch.Tensor:
        return layer.scaling[name] * layer.lora_B[name].weight @ layer.lora_A[name].weight

    assert torch.allclose(delta("mix"), 3 * delta("tiny-dpo") - 2 * delta("tiny-sft"), atol=1e-5) and delta("mix").abs().max() > 1e-3


def test_a_mix_half_way_is_neither(family):
    half = mixed(family, "tiny-sft", {"tiny-dpo": 0.5}).loglik(WORDS)[0].logprob
    ends = sorted(family[n].loglik(WORDS)[0].logprob for n in ("tiny-sft", "tiny-dpo"))
    assert abs(half - ends[0]) > 1e-3 and abs(half - ends[1]) > 1e-3


# ---- the table --------------------------------------------------------------------------------

CHOSEN = [LogLik(-10.0, 10, 40), LogLik(-30.0, 10, 40), LogLik(-8.0, 4, 20)]
REJECTED = [LogLik(-20.0, 10, 40), LogLik(-20.0, 10, 40), LogLik(-20.0, 10, 40)]


def test_likelihood_prefers_by_the_mean_a_token_and_ties_count_half():
    assert preferred_by_likelihood(Scored(CHOSEN, REJECTED)).tolist() == [1, 0, 0.5]


def test_implicit_reward_prefers_by_what_was_gained_since_the_start():
    start = Scored([LogLik(-12.0, 10, 40)] * 3, [LogLik(-20.0, 10, 40)] * 3)
    assert preferred_by_reward(Scored(CHOSEN, REJECTED), start).tolist() == [1, 0, 1]


def test_pairs_of_like_length_are_told_from_others():
    assert length_matched(Scored(CHOSEN, REJECTED)).tolist() == [True, True, False]


def test_a_cell_counts_its_pairs_twice_over_all_and_over_those_of_like_length():
    whole, matched = cells("m", "honest", "loglik", np.array([1.0, 0.0, 0.5]), np.array([True, True, False]), ["a", "b", "c"])
    assert (whole.n, whole.accuracy, matched.n, matched.accuracy) == (3, 0.5, 2, 0.5) and matched.length_matched
    assert whole.low <= 0.5 <= whole.high


def test_an_evaluation_fills_every_cell_and_can_be_read_again(family, tmp_path):
    pairs = {c: [*(_pair(k, criterion=c) for k in range(2)), _pair(2, worse="No, not at all.", criterion=c)] for c in CRITERIA}
    questions = [Choice(f"q/{k}", (Message("user", f"Question {k}?"),), ("Yes, with care.", "No.", "Perhaps."), 0) for k in range(2)]
    prompts = [Prompt("case/plain", "case", "neutral", "Plain", "en", (Message("user", "Question 3?"),))]
    found = evaluate(family, "tiny-sft", pairs, questions, prompts, lambda line: None, tmp_path / "kept")
    with pytest.MonkeyPatch.context() as patch:  # a second evaluation reads nothing again
        patch.setattr("lib.inference.engine.Engine.loglik", None)
        assert evaluate(family, "tiny-sft", pairs, questions, prompts, lambda line: None, tmp_path / "kept") == found
    assert {(c.model, c.set, c.measure, c.length_matched) for c in found.table} == {
        *((m, s, "loglik", only) for m in family for s in CRITERIA for only in (False, True)),
        *(("tiny-dpo", s, "implicit_reward", only) for s in CRITERIA for only in (False, True)),
    }
    own = next(c for c in found.table if (c.model, c.set, c.measure, c.length_matched) == ("tiny-dpo", "honest", "implicit_reward", False))
    assert (own.n, own.accuracy) == (3, 1.0)  # trained on just such pairs
    assert [(c.model, c.n, round(c.chance, 3)) for c in found.choices] == [(m, 2, 0.333) for m in family]
    by_id = {b.model: b for b in found.behaviour}
    assert by_id["tiny-sft"].changed == 0 and by_id["tiny-sft"].kl is None and by_id["tiny-dpo"].kl > 1e-4
    assert by_id["tiny-dpo"].shift_chosen["honest"] > by_id["tiny-dpo"].shift_rejected["honest"]
    report = Report(
        models=found.behaviour, choices=found.choices, weights={"tiny": "0"}, probes={"tiny": -1.0}, held_out={"honest": {"rows": 3}}, date="2026-01-01"
    )
    write(tmp_path, found, report)
    assert (read_table(tmp_path), read_report(tmp_path), read_greedy(tmp_path)) == (found.table, report, found.greedy)


def test_strength_is_tried_on_the_prompts_that_training_draws_first(family, adapters):
    train = {c: [*(_pair(k, criterion=c) for k in range(30)), _pair(0, "Again.", criterion=c)] for c in CRITERIA}
    prompts = training_prompts(train)
    assert [sum(p.id.startswith(c) for p in prompts) for c in CRITERIA] == [20, 20, 20] and len({p.id for p in prompts}) == 60
    assert {p.id for p in prompts if p.id.startswith("honest")} == {p.group for p in drawn(train["honest"], 20)}
    card = read_card(adapters / "adapters" / "tiny-dpo")
    (trial,) = tried(family, {"tiny-dpo": card}, prompts[:3])
    assert (trial.answers, trial.learning_rate, trial.weights_sha256) == (15, card.recipe.learning_rate, card.weights_sha256)
    assert 0 <= trial.low <= trial.readable / 15 <= trial.high <= 1 and trial.words >= 0


@pytest.mark.parametrize(("act", "said"), [("tune", "There is no recipe 'odd'"), ("strength", "No adapter is in"), ("evaluate", "There is no SFT adapter")])
def test_what_is_missing_for_a_command_is_named(tiny_data, act, said):
    for name in ("adapters", "recipes"):
        (tiny_data.data / name).mkdir()
    own = {"tune": ("odd",), "strength": (tiny_data.adapters,), "evaluate": ()}[act]
    with pytest.raises(TrilemmaError, match=said):
        getattr(commands, act)(tiny_data, *own, tiny_data.data, print)


# ---- what is shipped --------------------------------------------------------------------------

SHIPPED = read_cards(ROOT / "data" / "adapters")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_adapter_is_small_pinned_and_has_its_notice(name):
    folder = ROOT / "data" / "adapters" / name
    assert (folder / ADAPTER_WEIGHTS).stat().st_size <= 10_000_000
    assert "Gemma Terms of Use" in (folder / "NOTICE").read_text()
    model = next(m for m in read_models(ROOT / "data" / "models.toml") if m.id == name)
    assert isinstance(model.source, AdapterSource) and model.source.sha256 == SHIPPED[name].weights_sha256
    assert SHIPPED[name].base_sha256 == model.source.base.source.sha256  # ty: ignore[unresolved-attribute]


@pytest.mark.weights
def test_each_shipped_adapter_loads_and_is_the_one_that_was_evaluated():
    """In float32, so that no processor's rounding stands between."""
    models = {m.id: m for m in read_models(ROOT / "data" / "models.toml")}
    report = read_report(ROOT / "data" / "tuning")
    base, *tuned = (models[name] for name in report.probes)
    assert set(SHIPPED) == {m.id for m in tuned}
    engines = load_family(load(base, dtype=torch.float32), tuned)
    assert {name: probe(engine) for name, engine in engines.items()} == pytest.approx(report.probes, abs=1e-2)
    assert len({round(v, 1) for v in report.probes.values()}) == len(report.probes)  # each adapter has an effect of its own
    assert report.weights == {m.id: weights_id(m) for m in (base, *tuned)}


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
    """The tiny library with both adapters on its dialogue model, the tuned one under the name of each criterion, and their recipes."""
    entries, recipes = [], tiny_data.data / "recipes"
    recipes.mkdir()
    for name, criterion in (("tiny-sft", None), *(("tiny-dpo", c) for c in CRITERIA)):
        card = read_card(adapters / "adapters" / name)
        own = f"tiny-{criterion}" if criterion else name
        folder = tiny_data.data / "adapters" / own
        shutil.copytree(adapters / "adapters" / name, folder)
        recipe = card.recipe.model_copy(
            update={"id": own, "label": f"Tiny, {criterion or 'SFT'}", "base": "tiny-dialogue", "criteria": (criterion or "honest",)}
        )
        write_card(folder, card.model_copy(update={"recipe": recipe}))
        (recipes / f"{own}.toml").write_text("\n".join(f"{k} = {json.dumps(v)}" for k, v in recipe.model_dump(exclude_none=True).items()))
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


ASKED = (Message("user", "Question 3?"),)
GREEDY = Settings(temperature=0, max_tokens=12)


def test_base_and_adapter_answer_one_live_prompt(worker):
    job = _end(worker, worker.submit(["tiny-dialogue", "tiny-sft"], ASKED, "live/x", 2, GREEDY))
    assert (job.state, job.message) == ("done", "")
    base, tuned = (job.parts[m].answers for m in ("tiny-dialogue", "tiny-sft"))
    assert base[0].text == base[1].text != tuned[0].text == tuned[1].text
    assert all(a.finish for a in (*base, *tuned))


def test_a_mix_answers_and_weighs_replies_as_its_weights_say(worker, family):
    weighs = [Exchange(ASKED, "Yes, with care."), Exchange(ASKED, "No."), Exchange((Message("user", "Go on."),), "No.")]
    found = {}
    for weight in (1.0, 0.0):
        job = _end(worker, worker.submit(["tiny-sft"], ASKED, "case/x", 1, GREEDY, mix=Mix("tiny-sft", {"tiny-honest": weight}), exchanges=weighs))
        assert (job.state, job.message) == ("done", "")
        found[weight] = job
    for weight, name in ((1.0, "tiny-dpo"), (0.0, "tiny-sft")):
        engine = family[name]
        wanted = engine.loglik([Continuation(engine.render(e.messages), e.text) for e in weighs])
        assert [x.logprob for x in found[weight].logliks] == pytest.approx([x.logprob for x in wanted], rel=0.02)  # the worker reads in bf16
        assert [x[1:] for x in found[weight].logliks] == [x[1:] for x in wanted]
    assert found[1.0].logliks != found[0.0].logliks


def test_a_mix_of_what_is_not_here_is_told(worker):
    job = _end(worker, worker.submit(["tiny-sft"], ASKED, "case/x", 1, GREEDY, mix=Mix("tiny-sft", {"tiny-gone": 1.0})))
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
    assert not app.exception and "The mix answers** (honest 0.5)" in _said(app)
    app.slider(key="tuning_w_honest").set_value(0.0).run()
    _end(worker, app.session_state["tuning_job"])
    app.run()
    assert "The mix answers** (all at 0 (SFT))" in _said(app)
    path = next(d.value for d in app.dataframe if "helpful" in d.value.columns and "label" in d.value.columns)
    assert list(path["label"]) == ["base", "honest 0.5", "all at 0 (SFT)"]
    shifts = next(d.value for d in app.dataframe if len(d.value) == len(case.replies) and "value" in d.value.columns)
    assert shifts["value"].abs().max() > 0
    app.slider(key="tuning_w_honest").set_value(0.5).run()  # known already: nothing is asked again
    assert "tuning_job" not in app.session_state and "The mix answers** (honest 0.5)" in _said(app)


def test_stopped_dials_say_so_and_can_be_asked_again(worker, monkeypatch):
    app = _lab(monkeypatch, worker)
    app.button(key="tuning_ask").click().run()
    worker.cancel(app.session_state["tuning_job"])
    app.run()
    assert not app.exception and "Stopped, so nothing is drawn" in _said(app)
    app.button(key="tuning_ask").click().run()
    _end(worker, app.session_state["tuning_job"])
    app.run()
    assert "The base's likelihoods of these replies are not stored" in _said(app) and "The mix answers" in _said(app)


def test_the_dials_without_the_base_name_the_command(with_adapter, monkeypatch):
    said = _said(_lab(monkeypatch, Client()))
    assert "so no mix can be made" in said and "MODEL=tiny-dialogue" in said


def test_the_lab_without_cases_or_with_fewer_adapters_says_what_is_missing(with_adapter, tiny_data, monkeypatch):
    client = Client()
    case = next(tiny_data.cases.glob("*.md"))
    case.rename(case.with_suffix(".away"))
    app = _lab(monkeypatch, client)
    assert not app.exception and "no case is installed" in _said(app)
    shutil.rmtree(tiny_data.adapters / "tiny-harmless")
    app = _lab(monkeypatch, client)
    assert not app.exception and "none is here for harmless" not in _said(app) and "no case is installed" in _said(app)
    case.with_suffix(".away").rename(case)
    app = _lab(monkeypatch, client)
    assert not app.exception and "none is here for harmless" in _said(app) and "A recipe and no adapter yet: harmless." in _said(app)
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
    return "\n".join(str(e.value) for kind in (app.markdown, app.info, app.warning, app.error, app.code, app.caption) for e in kind)


def test_likelihoods_come_back_in_the_order_in_which_they_were_asked(tiny_data):
    case = read_cases(tiny_data.cases)[0]
    asked = exchanges(case, case.prompts[0])
    rows = weighed(case, case.prompts[0], [LogLik(-float(k), 1, len(e.text)) for k, e in enumerate(asked)])
    wording = {(r.id, w): text for r in case.replies for w, text in enumerate(r.wordings)}
    assert [wording[r.reply_id, r.wording] for r in rows] == [e.text for e in asked] and rows[0].context == case.prompts[0].id
    assert len({(r.reply_id, r.wording, r.context) for r in rows}) == len(asked)
