"""Strength is tried on training prompts, with samples of their own."""

import pytest

from lib.domain import CRITERIA
from lib.preferences.split import drawn
from lib.tuning import strength
from lib.tuning.adapters import read_card
from lib.tuning.strength import training_prompts, tried
from tests.makers import judged_pair

pytest.importorskip("trl")  # the adapters are trained with it


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
