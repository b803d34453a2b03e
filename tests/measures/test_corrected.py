"""Prediction-powered means: right though the scorer is wrong, and narrower where it is good."""

import sys

import numpy as np
import pytest

from lib.domain import PackageMissing
from lib.measures.corrected import Labelled, corrected_change, corrected_mean


def _answers(rng, error: float, labelled: int, count: int = 600):
    """Labels 0, .5 or 1 in sixty cases that differ, and a scorer that is .2 too high and off by `error`."""
    cases = rng.integers(0, 60, size=count)
    truth = np.clip(np.round(2 * (rng.normal(0.5, 0.2, size=60)[cases] + rng.normal(0, 0.3, size=count))), 0, 2) / 2
    scores = truth + 0.2 + rng.normal(0, error, size=count)
    labels = np.where(np.isin(np.arange(count), rng.choice(count, labelled, replace=False)), truth, np.nan)
    return Labelled(scores, labels, [f"case-{c}" for c in cases]), truth


def test_a_scorer_that_is_always_too_high_is_corrected():
    answers, truth = _answers(np.random.default_rng(1), 0.05, 60)
    found = corrected_mean([answers])
    assert abs(answers.scores.mean() - truth.mean()) > 0.15 > 0.03 > abs(found.value - truth.mean())


def test_a_better_scorer_makes_a_narrower_interval_and_a_useless_one_no_wider_than_labels_alone():
    good, useless = (corrected_mean([_answers(np.random.default_rng(2), e, 60)[0]]) for e in (0.05, 3.0))
    assert good.high - good.low < 0.75 * (useless.high - useless.low)
    assert useless.high - useless.low < 2 * 1.96 * 0.5 / np.sqrt(60)


def test_intervals_hold_the_mean_over_all_answers_about_as_often_as_they_say():
    held = 0
    for k in range(60):
        found = corrected_mean([_answers(np.random.default_rng(k), 0.2, 60)[0]])
        held += found.low <= TRUE_MEAN <= found.high
    assert held >= 53


TRUE_MEAN = float(np.mean([_answers(np.random.default_rng(1000 + k), 0.2, 60)[1].mean() for k in range(200)]))


def test_a_change_is_found_though_the_scorer_favours_one_model_and_seeds_are_averaged():
    rng = np.random.default_rng(4)
    before, was = _answers(rng, 0.2, 150)
    after, now = zip(*(_answers(rng, 0.2, 150) for _ in range(3)), strict=True)
    flattered = [a._replace(scores=a.scores + 0.5) for a in after]
    found = corrected_change(before, flattered)
    assert found.low <= np.mean([n.mean() for n in now]) - was.mean() <= found.high
    assert found.high - found.low < 0.35


def test_the_level_of_several_seeds_is_their_mean_whether_or_not_a_scorer_has_read_them():
    rng = np.random.default_rng(4)
    (read, _), (unread, _) = _answers(rng, 0.2, 150), _answers(rng, 0.2, 40)
    seeds = [read, unread._replace(scores=np.zeros(len(unread.scores)))]
    found, each = corrected_mean(seeds), [corrected_mean([s]) for s in seeds]
    assert found.value == pytest.approx(np.mean([i.value for i in each]))
    assert found.high - found.low < each[1].high - each[1].low, "two seeds say more than the one with few labels"


def test_without_its_package_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ppi_py", None)
    with pytest.raises(PackageMissing, match=r"lib/findings/requirements\.txt"):
        corrected_mean([Labelled(np.array([0.1, 0.2]), np.array([0, np.nan]), ["a", "b"])])


def test_a_share_is_never_said_to_be_below_nothing():
    """Three of sixty answers refuse, and the scorer is right: the correction alone would go below 0."""
    rng = np.random.default_rng(6)
    truth = (np.arange(600) % 200 == 0).astype(float)
    labels = np.where(np.arange(600) % 10 == 0, truth, np.nan)
    scores = np.where(np.isfinite(labels), truth, 0) + rng.normal(0, 0.02, 600)
    found = corrected_mean([Labelled(scores, labels, [f"case-{k // 10}" for k in range(600)])])
    assert 0 <= found.low <= found.value <= found.high < 0.2


def test_labels_that_are_all_alike_are_not_said_to_be_sure():
    """Wilson's interval of 10 of 10 cases (Wilson 1927)."""
    labels = np.array([1.0] * 20 + [np.nan] * 20)
    cases = [f"case-{k // 2}" for k in range(40)]
    found = corrected_mean([Labelled(np.linspace(0.8, 1, 40), labels, cases)])
    assert (found.low, found.value, found.high) == pytest.approx((0.722, 1, 1), abs=1e-3)
