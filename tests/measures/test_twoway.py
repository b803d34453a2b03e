"""Intervals over persons and items cover as often as they say, on simulated ratings with a fixed seed."""

import numpy as np
import pytest
from scipy.stats import norm

from lib.measures.twoway import detectable, mean


def _ratings(
    rng: np.random.Generator, rate: float, persons: int, items: int, each: int, spread: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Preferences, 1 or 0, of persons and items who differ by so much (probit), `rate` of them 1 in the long run."""
    leaning, pull = rng.normal(0, spread[0], persons), rng.normal(0, spread[1], items)
    by = np.repeat(np.arange(persons), each)
    of = (rng.integers(items, size=persons)[:, None] + np.arange(each)).ravel() % items
    latent = norm.ppf(rate) * np.sqrt(1 + spread[0] ** 2 + spread[1] ** 2) + leaning[by] + pull[of]
    return (latent + rng.normal(size=len(by)) > 0).astype(float), by, of


@pytest.mark.parametrize(
    ("persons", "items", "each", "spread"),
    [(40, 20, 10, (0.5, 0.5)), (60, 24, 8, (0.3, 0.6)), (40, 20, 10, (0.5, 0.0)), (24, 12, 6, (0.4, 0.4))],
)
def test_intervals_cover_93_to_97_of_100(persons, items, each, spread):
    rng = np.random.default_rng(20240618)
    covered = []
    for _ in range(500):
        found = mean(*_ratings(rng, 0.6, persons, items, each, spread))
        assert found is not None
        covered.append(found.low <= 0.6 <= found.high)
    assert 0.93 <= np.mean(covered) <= 0.97


def test_resampling_persons_alone_would_cover_too_little():
    """So the simulation above can fail."""
    rng = np.random.default_rng(20240618)
    covered = []
    for _ in range(200):
        values, by, of = _ratings(rng, 0.6, 60, 12, 12, (0.3, 0.6))
        alone = mean(values, by, np.arange(len(values)))
        assert alone is not None and of.max() == 11
        covered.append(alone.low <= 0.6 <= alone.high)
    assert np.mean(covered) < 0.85


def test_missing_ratings_are_left_out_and_nothing_comes_of_nothing():
    nan = float("nan")
    found = mean(np.array([1, 0, nan, 1.0]), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    assert found is not None and found.ratings == 3 and found.value == pytest.approx(2 / 3)
    assert mean(np.array([nan]), np.array([0]), np.array([0])) is None


def test_one_person_leaves_the_interval_open():
    found = mean(np.array([1, 0.0]), np.array([0, 0]), np.array([0, 1]))
    assert found is not None and np.isnan(found.low)


def test_the_smallest_difference_found_is_2_8_errors():
    assert detectable(0.05) == pytest.approx(0.05 * 2.8016, rel=1e-3)
