"""Training learns, names no machine, and goes on from its last checkpoint."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lib.models.weights import ADAPTER_WEIGHTS
from lib.tuning.adapters import read_card
from tests.makers import PAIRS, judged_pair, tiny_recipe

pytest.importorskip("trl")
from transformers import Trainer

from lib.tuning.rows import training_rows
from lib.tuning.train import reply_head, train_adapter


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


def test_rows_leave_out_boilerplate_and_pairs_of_unlike_length(tiny):
    unlike = [judged_pair(k, f"Number {k}.", "No.") for k in range(20, 60)]
    like = [judged_pair(k, f"Answer {k}.", "Nothing.") for k in range(60, 100)]

    def chosen(**changes) -> set[str]:
        rows = training_rows(tiny_recipe(rows=40, **changes), {"honest": [*PAIRS[:20], *unlike, *like]}, tiny())
        return {p.better.text.split()[0] for p in rows.pairs}

    assert chosen() == {"Yes,", "Number", "Answer"} and chosen(most_prompts=5) == {"Number", "Answer"}
    matched = training_rows(tiny_recipe(rows=20, like_length=2.0), {"honest": like + unlike}, tiny()).pairs
    assert {*matched} < {*like}


def test_training_lowers_the_loss_and_saves_a_card(adapters):
    sft, dpo = (read_card(adapters / "adapters" / n) for n in ("tiny-sft", "tiny-dpo"))
    assert sft.curve[-1].loss < sft.curve[0].loss and dpo.curve[-1].loss < dpo.curve[0].loss
    assert dpo.curve[0].loss == pytest.approx(
        np.log(2), abs=0.02
    )  # before the first step the model is its own reference
    assert dpo.licence == "none, https://example.org" and not (adapters / "adapters" / "tiny-dpo" / "NOTICE").exists()
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
        folder = train_adapter(recipe, tiny(), "0" * 64, rows, tmp_path / name, tmp_path / work, said.append)
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
