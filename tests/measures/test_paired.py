"""Means over cases: paired where two models are compared, and only over the cases that both have."""

import numpy as np
import pytest

from lib.measures.paired import mean_change, mean_over_cases


def test_a_mean_leaves_out_the_cases_without_a_value():
    found = mean_over_cases([0.0, np.nan, 1.0, 0.5])
    assert found.value == 0.5 and 0 <= found.low < 0.5 < found.high <= 1
    assert mean_over_cases([np.nan]) is None


def test_one_case_says_nothing_of_others():
    assert mean_over_cases([0.4, np.nan]) is None
    assert mean_change([0.0, np.nan], [[1.0, 1.0]]) is None


@pytest.mark.parametrize(("held", "low", "high"), [(0.0, 0.0, 0.278), (1.0, 0.722, 1.0)])
def test_shares_that_are_all_alike_are_not_said_to_be_sure(held, low, high):
    """Wilson's interval of 0 and of 10 of 10 (Wilson 1927)."""
    found = mean_over_cases([held] * 10, shares=True)
    assert (found.low, found.value, found.high) == pytest.approx((low, held, high), abs=1e-3)


def test_a_change_that_is_the_same_in_every_case_is_sure_however_much_cases_differ():
    before = np.random.default_rng(0).random(40)
    found = mean_change(before, [before + 0.2])
    assert (found.low, found.value, found.high) == pytest.approx((0.2, 0.2, 0.2))


def test_a_change_is_over_the_cases_that_both_have():
    assert mean_change([0.0, np.nan, 0.5, 0.0], [[1.0, 1.0, np.nan, 0.5]]).value == 0.75
    assert mean_change([np.nan, 0.5], [[1.0, np.nan]]) is None


def test_seeds_that_disagree_widen_the_interval():
    before = np.zeros(30)
    apart, alike = (mean_change(before, np.outer(moved, np.ones(30))) for moved in ((0, 0.1, 0.5), (0.2, 0.2, 0.2)))
    assert apart.value == pytest.approx(alike.value) and apart.high - apart.low > 0.2 > alike.high - alike.low


def test_intervals_of_a_change_hold_the_truth_about_as_often_as_they_say():
    rng, held = np.random.default_rng(3), 0
    for k in range(300):
        before = rng.random(60)
        found = mean_change(before, [before + rng.normal(0.05, 0.25, size=60)], seed=k)
        held += found.low <= 0.05 <= found.high
    assert 0.91 <= held / 300 <= 0.98
