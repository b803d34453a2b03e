"""Shifts by checks: where two criteria move apart it is found, and where nothing differs it isn't."""

import numpy as np
import pytest

from lib.measures.shifts import (
    Opposed,
    Sheet,
    index,
    opposed,
    picked_seeds,
    relabelled_shifts,
    seed_shifts,
    shift_draws,
    shifts,
    verdicts,
)
from lib.measures.simulation import SCALE, coverage, made_up, supported
from lib.measures.simulation import SIGNS as TWO

SIGNS = {"helpful": np.array([1, 0, -1]), "harmless": np.zeros(3), "honest": np.array([0, 1, 0])}
NAN = np.nan


def _draws(sheets, count=2_000, seed=1):
    rng = np.random.default_rng(seed)
    return shift_draws(sheets, SIGNS, picked_seeds(len(sheets[0].after), count, rng), rng)


def test_a_shift_is_signed_averaged_over_checks_then_prompts_and_missing_where_nothing_is_told():
    plain = Sheet(np.array([[0, 1, 1], [0, 1, NAN]]), (np.array([[1, 1, 0], [1, 0, 0]]),))
    silent = Sheet(np.full((2, 3), NAN), (np.ones((2, 3)),))
    helpful, harmless, honest = shifts([plain, silent], SIGNS)
    assert (helpful, honest) == (1.0, -0.5) and np.isnan(harmless)
    other = Sheet(np.array([[1, NAN, NAN]]), (np.array([[0, NAN, NAN]]),))
    assert shifts([plain, other], SIGNS)[0] == 0.0


def test_several_seeds_are_averaged_and_their_difference_widens_the_interval():
    none, all_ = np.zeros((20, 3)), np.ones((20, 3))
    differ, same = Sheet(none, (none, all_, none)), Sheet(none, (none, none, none))
    assert seed_shifts([differ], SIGNS)[:, 2].tolist() == [0, 1, 0] and shifts([differ], SIGNS)[2] == pytest.approx(
        1 / 3
    )
    spread = [np.ptp(np.quantile(_draws([s])[:, 2], (0.025, 0.975))) for s in (differ, same)]
    assert spread[0] > 0.6 > 0.2 > spread[1]


def test_the_index_is_the_geometric_mean_of_two_opposing_shifts_in_standard_deviations():
    assert index(np.array([0.6, NAN, -0.4]), np.ones(3)) == (pytest.approx(0.4899, abs=1e-4), 0, 2)
    assert index(np.array([0.6, 0.2, 0.4]), np.ones(3))[0] == 0.0
    assert index(np.array([0.6, NAN, NAN]), np.ones(3))[0] == 0.0


def test_five_answers_that_agree_are_no_certainty_and_missing_stays_missing():
    found = _draws([Sheet(np.zeros((5, 3)), (np.ones((5, 3)),))])
    low, high = np.quantile(found[:, 2], (0.025, 0.975))
    assert 0.4 < low < 0.75 and 0.95 < high < 1.0 and np.isnan(found[:, 1]).all()


def test_relabelling_deals_the_same_answers_anew_at_each_prompt():
    certain = Sheet(np.ones((3, 3)), (np.ones((3, 3)), np.ones((2, 3))))
    apart = Sheet(np.zeros((2, 3)), (np.ones((2, 3)),))
    rng = np.random.default_rng(3)
    assert not np.nan_to_num(relabelled_shifts([certain], SIGNS, 50, rng)).any()
    dealt = relabelled_shifts([apart], SIGNS, 3_000, rng)[:, 2]
    assert sorted(set(dealt.round(6))) == [-1, 0, 1] and abs(dealt.mean()) < 0.05
    assert (dealt == 1).mean() == pytest.approx(1 / 6, abs=0.03)  # of the six ways to deal two and two


@pytest.mark.parametrize("answers", [5, 20])
def test_intervals_hold_the_true_shift_about_as_often_as_they_say(answers):
    assert 0.93 <= coverage(answers, (0.2, -0.2), 300) <= 0.975


def test_of_cases_without_any_difference_at_most_one_in_twenty_is_supported():
    assert supported(5, (0, 0), 80) <= 0.05


def test_a_strong_opposition_is_found_and_more_answers_find_more():
    few, many = (supported(n, (0.4, -0.4), 40) for n in (5, 20))
    assert many > 0.75 and many > few


def test_a_case_with_one_criterion_has_nothing_to_oppose():
    alone = {**TWO, "honest": np.zeros(2)}
    assert opposed(made_up(np.random.default_rng(1), 5, (0.3, 0)).sheets, alone, SCALE, 50) is None


def test_a_verdict_needs_a_sure_shift_and_one_that_luck_does_not_make():
    sure = Opposed("helpful", "honest", 0.8, 0.99, 0.001)
    assert verdicts([sure, sure._replace(p=0.3), sure._replace(sure=0.85, p=0.04), sure._replace(sure=0.2)]) == [
        "supported",
        "possible",
        "possible",
        "not shown",
    ]
    assert verdicts([]) == []
