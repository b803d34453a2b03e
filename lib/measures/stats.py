"""Estimates with intervals: the bootstrap over whole groups."""

from collections.abc import Callable, Sequence

import numpy as np
from pydantic import BaseModel

_DRAWS = 1000


class Interval(BaseModel):
    """An estimate with the 95 % interval of a bootstrap over prompts."""

    value: float
    low: float
    high: float


def interval(measure: Callable[[np.ndarray], float], groups: Sequence[str], seed: int = 20240618) -> Interval:
    """`measure` takes row numbers. The percentile bootstrap draws whole prompts; draws on which the measure is undefined are left out."""
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
