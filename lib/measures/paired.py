"""Means over cases and their differences between models, with intervals that resample whole cases."""

from collections.abc import Sequence

import numpy as np

from lib.measures.stats import Interval, share_if_alike

_DRAWS = 1000
_FEWEST = 2  # cases: one by itself says nothing of others


def _interval(value: float, draws: np.ndarray) -> Interval:
    low, high = np.nanquantile(draws, (0.025, 0.975))
    return Interval(value=value, low=float(low), high=float(high))


def _resampled(cases: int, rng: np.random.Generator) -> np.ndarray:
    """How often each case stands in each draw; (draws, cases)."""
    return rng.multinomial(cases, np.full(cases, 1 / cases), size=_DRAWS).astype(float)


def mean_over_cases(values: Sequence[float], shares: bool = False, seed: int = 20240618) -> Interval | None:
    """The mean of one value a case, nan where a case has none, with a 95 % interval; None where fewer than two have.

    Percentile bootstrap over whole cases (Davison and Hinkley 1997, section 3.8); of `shares` that are all 0, or all 1,
    Wilson's interval over the cases.
    """
    held = np.asarray(values, float)
    held = held[np.isfinite(held)]
    if len(held) < _FEWEST:
        return None
    if shares and (alike := share_if_alike(held, len(held))):
        return alike
    weights = _resampled(len(held), np.random.default_rng(seed))
    return _interval(float(held.mean()), weights @ held / len(held))


def mean_over_seeds(seeds: Sequence[Sequence[float]], shares: bool = False) -> Interval | None:
    """The mean over cases; `seeds`: one row a seed of the training, which are resampled as in mean_change."""
    if len(seeds) == 1:
        return mean_over_cases(seeds[0], shares)
    return mean_change([0.0] * len(seeds[0]), seeds)


def mean_change(before: Sequence[float], after: Sequence[Sequence[float]], seed: int = 20240618) -> Interval | None:
    """The mean of after minus before over the cases that have both, `after` one row a seed of the training.

    None where fewer than two cases have both.
    Cases are resampled whole, and the seeds with them: the interval is about other cases and other seeds like these.
    """
    differences = np.asarray(after, float) - np.asarray(before, float)
    differences = differences[:, np.isfinite(differences).all(axis=0)]
    seeds, cases = differences.shape
    if cases < _FEWEST:
        return None
    rng = np.random.default_rng(seed)
    weights = _resampled(cases, rng)
    picked = rng.integers(0, seeds, size=(_DRAWS, seeds))
    draws = (differences[picked].mean(axis=1) * weights).sum(axis=1) / cases
    return _interval(float(differences.mean()), draws)
