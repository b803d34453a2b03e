"""Tuning: rows that never cross the split, training that learns, a table whose numbers are those of the formulas."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lib.domain import CRITERIA, AdapterSource, LogLik, Message, Prompt, TrilemmaError
from lib.formats.sets import Choice
from lib.inference.loading import load, load_family
from lib.models.registry import read_models
from lib.models.weights import ADAPTER_WEIGHTS, weights_id
from lib.paths import ROOT
from lib.preferences.split import drawn, held_out, mixture, split
from lib.tuning import commands, strength
from lib.tuning.adapters import read_card, read_cards
from lib.tuning.evaluate import (
    Scored,
    cells,
    evaluate,
    length_matched,
    preferred_by_likelihood,
    preferred_by_reward,
    probe,
)
from lib.tuning.findings import Report, read_greedy, read_report, read_table, write
from lib.tuning.lengths import lengths
from lib.tuning.recipe import read_recipe, read_recipes
from lib.tuning.strength import training_prompts, tried
from tests.makers import PAIRS, judged_pair, tiny_recipe

pytest.importorskip("trl")
from transformers import Trainer

from lib.tuning.train import reply_head, training_rows, tune

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
    pairs = [*PAIRS, *(judged_pair(k, "Perhaps.") for k in range(60))]
    sides = split(pairs, lambda p: 10, 20)
    assert len(sides.train) + len(sides.held_out) == len(pairs)
    assert not {p.group for p in sides.train} & {p.group for p in sides.held_out}
    assert all(held_out(p.group) for p in sides.held_out) and 0.5 < len(sides.train) / len(pairs) < 0.9


def test_pairs_that_are_too_long_are_left_out():
    assert split(PAIRS, lambda p: 21 if p.group == "honest/0" else 20, 20).train == [
        p for p in PAIRS[1:] if not held_out(p.group)
    ]


def test_every_prompt_is_drawn_once_before_any_is_drawn_twice_and_in_the_same_order():
    twice = [pair for k in range(10) for pair in (judged_pair(k, "One."), judged_pair(k, "Two."))]
    first = drawn(twice, 13)
    assert len({p.group for p in first[:10]}) == 10 and drawn(twice[::-1], 10)[0].group == first[0].group
    with pytest.raises(TrilemmaError, match="21 pairs are wanted, and only 20"):
        drawn(twice, 21)


def test_a_mixture_has_equal_parts():
    parts = {c: [judged_pair(k, criterion=c) for k in range(30)] for c in ("helpful", "harmless", "honest")}
    chosen = mixture(parts, 20)
    assert [sum(p.group.startswith(c) for p in chosen) for c in parts] == [7, 7, 6]


def test_lengths_tell_whose_replies_are_longer():
    found = lengths([judged_pair(0, "a b c", "a"), judged_pair(1, "a", "a")], lambda t: len(t.split()), lambda p: 5)
    assert found == (2, 5, 2, 1, 0.75)


# ---- training ---------------------------------------------------------------------------------


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


def test_training_lowers_the_loss_and_saves_a_card(adapters):
    sft, dpo = (read_card(adapters / "adapters" / n) for n in ("tiny-sft", "tiny-dpo"))
    assert sft.curve[-1].loss < sft.curve[0].loss and dpo.curve[-1].loss < dpo.curve[0].loss
    assert dpo.curve[0].loss == pytest.approx(
        np.log(2), abs=0.02
    )  # before the first step the model is its own reference
    assert dpo.curve[-1].reward_accuracy == 1.0 and dpo.lengths["rows"] == 8 and dpo.packages["trl"]


def test_what_is_saved_names_no_machine(adapters):
    for file in (adapters / "adapters").rglob("*.json"):
        assert str(adapters) not in file.read_text() and "/home" not in file.read_text()
    config = json.loads((adapters / "adapters" / "tiny-dpo" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "tiny" and config["r"] == 8


def test_training_goes_on_from_its_last_checkpoint(tiny, tmp_path, monkeypatch):
    recipe = tiny_recipe(rows=16, epochs=4)  # 16 steps; a checkpoint after 10
    rows = training_rows(recipe, {"honest": PAIRS}, tiny())
    said: list[str] = []

    def train(name: str, work: str):
        folder = tune(recipe, tiny(), "0" * 64, rows, tmp_path / name, tmp_path / work, said.append)
        return read_card(folder), load_file(folder / ADAPTER_WEIGHTS)

    whole, weights = train("whole", "undisturbed")
    step, steps = Trainer.training_step, []

    def power_cut(*args, **kwargs):
        steps.append(1)
        if len(steps) == 13:
            raise KeyboardInterrupt
        return step(*args, **kwargs)

    monkeypatch.setattr(Trainer, "training_step", power_cut)
    with pytest.raises(KeyboardInterrupt):
        train("again", "disturbed")
    again, resumed = train("again", "disturbed")
    assert "going on from checkpoint-10" in said[-1] and len(steps) == 13 + 6
    assert [s.step for s in again.curve] == [s.step for s in whole.curve]
    assert [s.loss for s in again.curve] == pytest.approx([s.loss for s in whole.curve], abs=5e-3)
    off = max(float((resumed[name].float() - w.float()).norm() / w.float().norm()) for name, w in weights.items())
    assert off < 0.05, off


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
    whole, matched = cells(
        "m", "honest", "loglik", np.array([1.0, 0.0, 0.5]), np.array([True, True, False]), ["a", "b", "c"]
    )
    assert (whole.n, whole.accuracy, matched.n, matched.accuracy) == (3, 0.5, 2, 0.5) and matched.length_matched
    assert whole.low <= 0.5 <= whole.high


def test_an_evaluation_fills_every_cell_and_can_be_read_again(family, tmp_path):
    pairs = {
        c: [*(judged_pair(k, criterion=c) for k in range(2)), judged_pair(2, worse="No, not at all.", criterion=c)]
        for c in CRITERIA
    }
    questions = [
        Choice(f"q/{k}", (Message("user", f"Question {k}?"),), ("Yes, with care.", "No.", "Perhaps."), 0)
        for k in range(2)
    ]
    prompts = [Prompt("case/plain", "case", "neutral", "Plain", "en", (Message("user", "Question 3?"),))]
    found = evaluate(family, "tiny-sft", pairs, questions, prompts, lambda line: None, tmp_path / "kept")
    with pytest.MonkeyPatch.context() as patch:  # a second evaluation reads nothing again
        patch.setattr("lib.inference.engine.Engine.loglik", None)
        assert evaluate(family, "tiny-sft", pairs, questions, prompts, lambda line: None, tmp_path / "kept") == found
    assert {(c.model, c.set, c.measure, c.length_matched) for c in found.table} == {
        *((m, s, "loglik", only) for m in family for s in CRITERIA for only in (False, True)),
        *(("tiny-dpo", s, "implicit_reward", only) for s in CRITERIA for only in (False, True)),
    }
    own = next(
        c
        for c in found.table
        if (c.model, c.set, c.measure, c.length_matched) == ("tiny-dpo", "honest", "implicit_reward", False)
    )
    assert (own.n, own.accuracy) == (3, 1.0)  # trained on just such pairs
    assert [(c.model, c.n, round(c.chance, 3)) for c in found.choices] == [(m, 2, 0.333) for m in family]
    by_id = {b.model: b for b in found.behaviour}
    assert by_id["tiny-sft"].changed == 0 and by_id["tiny-sft"].kl is None and by_id["tiny-dpo"].kl > 1e-4
    assert by_id["tiny-dpo"].shift_chosen["honest"] > by_id["tiny-dpo"].shift_rejected["honest"]
    report = Report(
        models=found.behaviour,
        choices=found.choices,
        weights={"tiny": "0"},
        probes={"tiny": -1.0},
        held_out={"honest": {"rows": 3}},
        date="2026-01-01",
    )
    write(tmp_path, found, report)
    assert (read_table(tmp_path), read_report(tmp_path), read_greedy(tmp_path)) == (found.table, report, found.greedy)


def test_strength_is_tried_on_the_prompts_that_training_draws_first(family, adapters, monkeypatch):
    train = {
        c: [*(judged_pair(k, criterion=c) for k in range(30)), judged_pair(0, "Again.", criterion=c)] for c in CRITERIA
    }
    prompts = training_prompts(train)
    assert [sum(p.id.startswith(c) for p in prompts) for c in CRITERIA] == [20, 20, 20] and len(
        {p.id for p in prompts}
    ) == 60
    assert {p.id for p in prompts if p.id.startswith("honest")} == {p.group for p in drawn(train["honest"], 20)}
    card = read_card(adapters / "adapters" / "tiny-dpo")
    (trial,) = tried(family, {"tiny-dpo": card}, prompts[:3])
    assert (trial.answers, trial.learning_rate, trial.weights_sha256) == (
        15,
        card.recipe.learning_rate,
        card.weights_sha256,
    )
    monkeypatch.setattr(
        strength,
        "answers",
        lambda engines, prompts, settings: {"tiny-dpo": [f"Draw {settings.seed}.", "", "Yes."][: len(prompts)]},
    )
    (trial,) = tried(family, {"tiny-dpo": card}, prompts[:3])  # five draws of a readable, an empty and a readable text
    assert (trial.answers, trial.readable, trial.words) == (
        15,
        10,
        1.0,
    ) and 0.4 < trial.low < 10 / 15 < trial.high < 0.9
    seeds: list[int] = []
    monkeypatch.setattr(
        strength, "answers", lambda engines, prompts, settings: {"tiny-dpo": seeds.append(settings.seed) or ["Yes."]}
    )
    tried(family, {"tiny-dpo": card}, prompts[:1])
    assert len(set(seeds)) == 5


@pytest.mark.parametrize(
    ("act", "said"),
    [("tune", "There is no recipe 'odd'"), ("strength", "No adapter is in"), ("evaluate", "There is no SFT adapter")],
)
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
    assert len({round(v, 1) for v in report.probes.values()}) == len(
        report.probes
    )  # each adapter has an effect of its own
    assert report.weights == {m.id: weights_id(m) for m in (base, *tuned)}
