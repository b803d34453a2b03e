"""Estimates with intervals: a share with Wilson's, any measure with a bootstrap over whole groups of rows."""

from collections.abc import Callable, Sequence

import numpy as np
from pydantic import BaseModel
from scipy.stats import binomtest

_DRAWS = 1000


class Interval(BaseModel):
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


def share(hits: int, of: int) -> Interval | None:
    """A share with Wilson's 95 % interval (1927); None of nothing."""
    if not of:
        return None
    wilson = binomtest(hits, of).proportion_ci(method="wilson")
    return Interval(value=hits / of, low=float(wilson.low), high=float(wilson.high))


def share_if_alike(values: np.ndarray, groups: int) -> Interval | None:
    """Wilson's interval over so many groups where all values are 0, or all 1; None where they differ or are missing.

    A bootstrap's draws are then all alike and tell nothing.
    """
    alike = len(values) > 0 and (np.all(values == 0) or np.all(values == 1))
    return share(groups * int(values[0]), groups) if alike else None


def interval(measure: Callable[[np.ndarray], float], groups: Sequence[str], seed: int = 20240618) -> Interval:
    """The measure over all rows with a 95 % interval: percentile bootstrap over whole groups (cluster bootstrap).

    Method: Davison and Hinkley 1997, sections 3.8 and 5.3. `measure` takes row numbers, shape (rows,); draws on which
    it is not finite (AUROC of a single class) are left out. `groups`: the prompt of each row.

    Not scipy.stats.bootstrap, which resamples single rows, refuses a single group and has no interval as soon as one
    draw is undefined; over numbers of groups, where it applies, it gives the same (tests/measures/test_stats.py).
    """
    by_group: dict[str, list[int]] = {}
    for i, g in enumerate(groups):
        by_group.setdefault(g, []).append(i)
    rows = [np.array(r) for r in by_group.values()]
    random = np.random.default_rng(seed)
    draws = []
    for _ in range(_DRAWS):
        value = measure(np.concatenate([rows[k] for k in random.integers(0, len(rows), len(rows))]))
        if np.isfinite(value):
            draws.append(value)
    low, high = np.quantile(draws, (0.025, 0.975)) if draws else (np.nan, np.nan)
    return Interval(value=float(measure(np.arange(len(groups)))), low=float(low), high=float(high))
