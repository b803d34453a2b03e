"""Means of many rows in clusters, with intervals by resampling whole clusters, fast enough for 100,000 of them."""

from collections.abc import Sequence

import numpy as np

from lib.measures.stats import Interval, share_if_alike

_DRAWS, _FEWER, _MANY = 1000, 200, 20_000  # draws; draws for more clusters than this
_Z = 1.959964


def codes(groups: Sequence[str]) -> np.ndarray:
    """A number from 0 for each group, shape (rows,)."""
    place: dict[str, int] = {}
    return np.array([place.setdefault(g, len(place)) for g in groups], dtype=np.int64)


def draws(clusters: int, count: int | None = None, seed: int = 20240618) -> np.ndarray:
    """How often each cluster is drawn, shape (draws, clusters): the weights of a cluster bootstrap."""
    random = np.random.default_rng(seed)
    count = count or (_FEWER if clusters > _MANY else _DRAWS)
    return random.multinomial(clusters, np.full(clusters, 1 / clusters), size=count).astype(np.float32)


def mean_interval(values: np.ndarray, groups: np.ndarray) -> Interval | None:
    """The mean of the values, with the middle 95 % of a cluster bootstrap; None of nothing. `groups`: `codes`.

    Where all values are 0, or all 1: Wilson's interval over the groups.
    """
    if not len(values):
        return None
    _, own = np.unique(groups, return_inverse=True)
    sums, counts = np.bincount(own, values), np.bincount(own)
    if alike := share_if_alike(values, len(counts)):
        return alike
    weights = draws(len(counts))
    means = (weights @ sums) / np.maximum(weights @ counts, 1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(value=float(np.mean(values)), low=float(low), high=float(high))


def normal_interval(value: float, spread: float) -> Interval:
    """The estimate and 1.96 of its bootstrap's standard deviation either side (Davison and Hinkley 1997, 5.2.1)."""
    return Interval(value=value, low=value - _Z * spread, high=value + _Z * spread)
