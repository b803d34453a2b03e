"""Shifts by checks: where two criteria move apart it is found, and where nothing differs it isn't."""

from collections import Counter

import numpy as np
import pytest

from lib.measures.shifts import Opposed, Sheet, index, opposed, relabelled, shift_draws, shifts, verdicts

SIGNS = {"helpful": np.array([1, 0, -1]), "harmless": np.zeros(3), "honest": np.array([0, 1, 0])}
SCALE = np.full(3, 0.45)
NAN = np.nan


def test_a_shift_is_signed_averaged_over_checks_then_prompts_and_missing_where_nothing_is_told():
    plain = Sheet(np.array([[0, 1, 1], [0, 1, NAN]]), np.array([[1, 1, 0], [1, 0, 0]]))
    silent = Sheet(np.full((2, 3), NAN), np.ones((2, 3)))
    helpful, harmless, honest = shifts([plain, silent], SIGNS)
    assert (helpful, honest) == (1.0, -0.5) and np.isnan(harmless)
    other = Sheet(np.array([[1, NAN, NAN]]), np.array([[0, NAN, NAN]]))
    assert shifts([plain, other], SIGNS)[0] == 0.0


def test_the_index_is_the_geometric_mean_of_two_opposing_shifts_in_standard_deviations():
    assert index(np.array([0.6, NAN, -0.4]), np.ones(3)) == (pytest.approx(0.4899, abs=1e-4), 0, 2)
    assert index(np.array([0.6, 0.2, 0.4]), np.ones(3))[0] == 0.0
    assert index(np.array([0.6, NAN, NAN]), np.ones(3))[0] == 0.0


def test_five_answers_that_agree_are_no_certainty_and_missing_stays_missing():
    same = Sheet(np.zeros((5, 3)), np.ones((5, 3)))
    found = shift_draws([same], SIGNS, 2_000, np.random.default_rng(1))
    low, high = np.quantile(found[:, 2], (0.025, 0.975))
    assert 0.4 < low < 0.75 and 0.95 < high < 1.0 and np.isnan(found[:, 1]).all()


def test_relabelling_keeps_every_answer_at_its_prompt():
    sheet = Sheet(np.arange(6.0).reshape(2, 3), np.arange(6.0, 15).reshape(3, 3))
    (mixed,) = relabelled([sheet], np.random.default_rng(3))
    assert (len(mixed.before), len(mixed.after)) == (2, 3)
    assert sorted(map(tuple, np.concatenate(mixed))) == sorted(map(tuple, np.concatenate(sheet)))


def _case(rng: np.random.Generator, answers: int, moved: tuple[float, float]) -> tuple[list[Sheet], np.ndarray]:
    """Two to four prompts with a helpful and an honest check, and the true shifts."""
    sheets, true = [], []
    for _ in range(rng.integers(2, 5)):
        before = rng.beta(0.6, 0.6, size=2)
        after = np.clip(before + np.array(moved), 0, 1)
        drawn = [(rng.random((answers, 2)) < p).astype(float) for p in (before, after)]
        sheets.append(Sheet(*(np.column_stack([d, np.full(answers, NAN)]) for d in drawn)))
        true.append(after - before)
    return sheets, np.mean(true, axis=0)


@pytest.mark.parametrize("answers", [5, 20])
def test_intervals_hold_the_true_shift_about_as_often_as_they_say(answers):
    rng, held = np.random.default_rng(5), []
    for _ in range(300):
        sheets, true = _case(rng, answers, (0.2, -0.2))
        low, high = np.quantile(shift_draws(sheets, SIGNS, 400, rng)[:, [0, 2]], (0.025, 0.975), axis=0)
        held += list((low <= true) & (true <= high))
    assert 0.93 <= np.mean(held) <= 0.975


def _found(answers: int, moved: tuple[float, float], cases: int) -> Counter:
    rng = np.random.default_rng(7)
    found = [opposed(_case(rng, answers, moved)[0], SIGNS, SCALE, 200, seed) for seed in range(cases)]
    return Counter(verdicts([o for o in found if o]))


def test_of_cases_without_any_difference_at_most_one_in_twenty_is_supported():
    assert _found(5, (0, 0), 80)["supported"] <= 4


def test_a_strong_opposition_is_found_and_more_answers_find_more():
    few, many = (_found(n, (0.4, -0.4), 40)["supported"] for n in (5, 20))
    assert many > 30 and many > few


def test_a_case_with_one_criterion_has_nothing_to_oppose():
    alone = {**SIGNS, "honest": np.zeros(3)}
    assert opposed(_case(np.random.default_rng(1), 5, (0.3, 0))[0], alone, SCALE, 50) is None


def test_a_verdict_needs_a_sure_shift_and_one_that_luck_does_not_make():
    sure = Opposed("helpful", "honest", 0.8, 0.99, 0.001)
    assert verdicts([sure, sure._replace(p=0.3), sure._replace(sure=0.85, p=0.04), sure._replace(sure=0.2)]) == [
        "supported",
        "possible",
        "possible",
        "not shown",
    ]
    assert verdicts([]) == []
