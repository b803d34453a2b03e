"""What decides in a made-up set is found, with intervals that hold the truth as often as they claim."""

from collections import Counter

import numpy as np
import pytest

from lib.formats.comparisons import Comparison, asked
from lib.preferences.marks import COLUMN, MARKS
from lib.preferences.material import Material, prepared
from lib.preferences.profile import profile, told
from lib.preferences.words import vocabulary
from tests.preferences.made_up import made_up


def _numbers(pairs: int, prompts: int, effect: float, seed: int) -> Material:
    """Pairs whose marks are drawn at random; `effect`: log-odds that a refusal adds. Pairs of a prompt are alike."""
    random = np.random.default_rng(seed)
    groups = random.integers(0, prompts, pairs)
    own = random.random((prompts, 2, len(MARKS))) < 0.3  # what a prompt's replies have in common
    fresh = random.random((pairs, 2, len(MARKS))) < 0.3
    marks = np.where(random.random((pairs, 2, 1)) < 0.5, own[groups], fresh).astype(np.float32)
    ahead = effect * (marks[:, 0] - marks[:, 1])[:, COLUMN["refusal"]]
    wins = (random.random(pairs) < 1 / (1 + np.exp(-ahead))).astype(float)
    comparisons = [Comparison(asked(str(g)), "a", "b", w) for g, w in zip(groups, wins, strict=True)]
    return Material(comparisons, marks[:, 0], marks[:, 1], groups, np.ones(pairs, bool), Counter())


def test_a_planted_mark_is_found_with_its_size_and_the_others_intervals_hold_zero():
    """93 to 97 % of them over made-up sets; here 60 sets of 18 other marks, so 1,080 intervals."""
    holds, planted = [], []
    for seed in range(60):
        found = profile(_numbers(700, 350, 1.0, seed), draw_count=120)
        assert found is not None
        by_mark = {w.mark: w for w in found.weights}
        planted.append(by_mark["refusal"])
        holds += [w.standard.low <= 0 <= w.standard.high for m, w in by_mark.items() if m != "refusal"]
    assert len(holds) == 60 * (len(MARKS) - 1) and 0.93 <= np.mean(holds) <= 0.97
    assert all(w.standard.low > 0 for w in planted)
    assert np.mean([w.odds.low <= np.e <= w.odds.high for w in planted]) >= 0.85
    assert 2.4 < np.mean([w.odds.value for w in planted]) < 3.1


def test_in_texts_the_mark_that_decides_is_the_strongest_and_beats_the_longer_reply():
    read = made_up(900, {"refusal": 2.0}, seed=1)
    material = prepared(read)
    words = vocabulary(material)
    assert words is not None
    found = profile(material, words.difference)
    assert found is not None and found.weights[0].mark == "refusal" and found.weights[0].odds.value > 3
    assert found.accuracy.low > found.longest.high and found.ceiling is not None
    assert found.weights[0] in told(found.weights)


def test_turning_every_pair_round_changes_nothing():
    read = made_up(300, {"hedge": 1.5}, seed=2)
    turned = [Comparison(c.context, c.second or "", c.first, 1 - (c.choice or 0.0)) for c in read.comparisons]
    one, other = (profile(prepared(read._replace(comparisons=c)), draw_count=60) for c in (read.comparisons, turned))
    assert one is not None and other is not None
    for a, b in zip(one.weights, other.weights, strict=True):
        assert a.mark == b.mark and a.odds.value == pytest.approx(b.odds.value, rel=1e-3)
        assert a.differ == b.differ and a.raw == b.raw


def test_ties_and_other_languages_are_left_out_and_counted():
    read = made_up(200, {"refusal": 2.0}, seed=4)
    spanish = [
        Comparison(
            asked(f"¿Cuál es la mejor manera de limpiar la lámpara número {k}?"), "Con agua tibia.", "No lo sé.", 1.0
        )
        for k in range(60)
    ]
    tied = [c._replace(choice=0.5) for c in read.comparisons[:50]]
    found = profile(prepared(read._replace(comparisons=[*tied, *read.comparisons[50:], *spanish])), draw_count=40)
    assert found is not None and (found.comparisons, found.not_english) == (150, 60)


def test_too_few_pairs_or_marks_that_hardly_differ_are_not_told():
    assert profile(prepared(made_up(40, {}, seed=5))) is None
    found = profile(prepared(made_up(100, {}, seed=6)), draw_count=40)
    assert found is not None and "apology" in found.too_rare and "apology" not in {w.mark for w in found.weights}


def test_replies_judged_one_by_one_are_held_to_their_own_marks():
    read = made_up(600, {}, seed=7)
    random = np.random.default_rng(0)
    single = []
    for c in read.comparisons:
        hedges = "Perhaps" in c.first
        good = float(random.random() < (0.85 if hedges else 0.35))
        single.append(Comparison(c.context, c.first, None, good))
    found = profile(prepared(read._replace(comparisons=single)), draw_count=60)
    assert found is not None and found.weights[0].mark == "hedge" and found.weights[0].odds.low > 2
