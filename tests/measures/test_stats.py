"""Bootstrap intervals draw whole groups, and are scipy's where scipy has one."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from lib.measures.stats import interval


def test_an_interval_draws_whole_prompts():
    """A hundred copies of one right answer under one prompt are worth one."""
    groups, right = ["same"] * 100 + [str(i) for i in range(10)], np.array([1.0] * 100 + [0.0] * 10)
    found = interval(lambda rows: float(right[rows].mean()), groups)
    assert found.low < 0.2 and found.value == pytest.approx(100 / 110)


def test_draws_are_those_of_scipy_over_numbers_of_groups():
    random = np.random.default_rng(0)
    groups, right = [f"prompt {i % 40}" for i in range(90)], random.random(90) < 0.6
    rows = [np.flatnonzero([g == name for g in groups]) for name in dict.fromkeys(groups)]
    known = bootstrap(
        (np.arange(len(rows)),),
        lambda drawn: float(right[np.concatenate([rows[k] for k in drawn])].mean()),
        n_resamples=1000,
        vectorized=False,
        method="percentile",
        rng=np.random.default_rng(7),
    ).confidence_interval
    found = interval(lambda picked: float(right[picked].mean()), groups, seed=7)
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=1e-12)


def test_draws_on_which_a_measure_is_undefined_are_left_out():
    y = np.array([1.0, 0.0, 0.0, 0.0])
    found = interval(lambda rows: float(y[rows].mean()) if y[rows].any() else np.nan, list("abcd"))
    assert found.low == 0.25 and found.high > found.value == 0.25
    assert np.isnan(interval(lambda rows: np.nan, list("ab")).low)


def test_a_single_group_has_no_spread():
    found = interval(lambda rows: float(len(rows)), ["same"] * 3)
    assert (found.low, found.value, found.high) == (3, 3, 3)
