"""Heads learn what is in the labels and are calibrated on prompts that they have not seen."""

import numpy as np
import pytest

from lib.scoring.inputs import READING_NUMBERS
from lib.validation.fit import (
    FOLDS,
    FitSettings,
    Pairs,
    Points,
    abstain_band,
    best_f1,
    even_lengths,
    fold_of,
    pairs_out_of_fold,
    platt,
    points_out_of_fold,
    preference_head,
    value_head,
)

LENGTH = READING_NUMBERS.index("log of tokens")
BLOCKS = {"late": slice(0, 4), "counts": slice(4, 6)}
SETTINGS = FitSettings(("late", "counts"), 1.0)
RANDOM = np.random.default_rng(0)


def _points(n=300, signal=2.0) -> Points:
    x = RANDOM.normal(size=(n, 6)).astype(np.float32)
    y = (RANDOM.random(n) < 1 / (1 + np.exp(-signal * x[:, 0]))).astype(float)
    return Points(x, y, [f"prompt {i // 3}" for i in range(n)])


def test_a_head_learns_what_the_labels_show():
    points = _points()
    head = value_head([points], BLOCKS, SETTINGS)
    values = np.array([c.value for c in head.calibrated(points.x)])
    assert values[points.y == 1].mean() - values[points.y == 0].mean() > 0.25
    assert abs(values.mean() - points.y.mean()) < 0.05


def test_a_block_that_a_head_may_not_use_has_no_weight():
    points = _points()
    head = value_head([points], BLOCKS, FitSettings(("counts",), 1.0))
    moved = points.x.copy()
    moved[:, 0] += 5
    assert head.calibrated(moved) == head.calibrated(points.x)


def test_out_of_fold_a_prompt_cannot_teach_its_own_answers():
    """Every prompt has its own code and label: nothing carries over to another, so accuracy would show a leak."""
    groups = [f"prompt {i // 4}" for i in range(160)]
    y = np.array([float(RANDOM.random() < 0.5) for _ in range(40)]).repeat(4)
    x = np.zeros((160, 44), np.float32)
    x[np.arange(160), np.arange(160) // 4] = 1
    logits = points_out_of_fold([Points(x, y, groups)], {"late": slice(0, 44)}, FitSettings(("late",), 10.0))[0]
    assert np.ptp(logits[np.array([fold_of(g) for g in groups]) == fold_of(groups[0])]) < 1e-6


def test_every_fold_is_used_and_a_prompt_keeps_its_own():
    assert {fold_of(f"prompt {i}") for i in range(200)} == set(range(FOLDS))
    assert fold_of("prompt 7") == fold_of("prompt 7")


def test_pairs_teach_an_order():
    better, worse = RANDOM.normal(size=(2, 200, 6)).astype(np.float32)
    better[:, 1] += 1.5
    pairs = Pairs(better, worse, [str(i) for i in range(200)])
    assert (pairs_out_of_fold(pairs, BLOCKS, SETTINGS) > 0).mean() > 0.75
    head = preference_head(pairs, BLOCKS, SETTINGS)
    assert head.preference(better, worse).mean() > 0.7


def test_where_lengths_are_even_length_alone_teaches_nothing():
    """The better reply is the longer in 80 of 100 pairs, and nothing else tells them apart."""
    width = len(READING_NUMBERS)
    better, worse = np.zeros((2, 200, width), np.float32)
    better[:, LENGTH] = np.where(np.arange(200) % 5 > 0, 1.0, -1.0)
    pairs, blocks = Pairs(better, worse, [str(i) for i in range(200)]), {"numbers": slice(0, width)}
    plain = preference_head(pairs, blocks, FitSettings(("numbers",), 1.0))
    even = preference_head(pairs, blocks, FitSettings(("numbers",), 1.0, even_lengths=True))
    assert plain.weights[LENGTH, 0] > 0.3 and abs(even.weights[LENGTH, 0]) < 0.01


def test_pairs_of_either_length_order_count_the_same_in_all():
    longer = np.array([2.0, 1.0, 3.0, -1.0, 0.0])
    weights = even_lengths(longer)
    assert (
        weights[longer > 0].sum() == pytest.approx(weights[longer < 0].sum()) == pytest.approx(2) and weights[-1] == 1
    )


def test_the_best_threshold_for_f1_lies_where_hits_end():
    p, y = np.array([0.9, 0.8, 0.3, 0.25, 0.1]), np.array([1, 1, 1, 0, 0])
    assert 0.25 < best_f1(p, y) < 0.3
    assert best_f1(np.array([0.5, 0.5, 0.1]), np.array([1, 0, 0])) < 0.5


def test_a_value_head_says_yes_from_the_rate_of_yes():
    points = _points()
    assert value_head([points], BLOCKS, SETTINGS).threshold == pytest.approx(points.y.mean())


def test_labels_without_a_pattern_give_values_near_their_rate():
    points = _points(signal=0.0)
    values = np.array([c.value for c in value_head([points], BLOCKS, SETTINGS).calibrated(points.x)])
    assert np.abs(values - points.y.mean()).mean() < 0.1


def test_platt_finds_slope_and_offset():
    logits = RANDOM.normal(size=4000) * 2
    labels = (RANDOM.random(4000) < 1 / (1 + np.exp(-(0.5 * logits - 1)))).astype(float)
    slope, offset = platt(logits, labels)
    assert slope == pytest.approx(0.5, abs=0.08) and offset == pytest.approx(-1, abs=0.1)


def test_the_band_of_doubt_holds_a_fifth_of_the_rows():
    values = np.linspace(0.1, 0.9, 101)
    low, high = abstain_band(values, 0.5)
    assert low < 0.5 < high and ((values > low) & (values < high)).mean() == pytest.approx(0.2, abs=0.02)
