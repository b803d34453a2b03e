"""Means of ratings with intervals that respect both persons and items: whoever rates, and whatever is rated."""

from typing import NamedTuple

import numpy as np
from scipy.stats import norm, t

_DRAWS = 1000


class Estimate(NamedTuple):
    """A mean with its 95 % interval and standard error, from so many ratings by persons of items."""

    value: float
    low: float
    high: float
    error: float
    ratings: int
    persons: int
    items: int


class Draws(NamedTuple):
    """What a measure varies by: its values where persons are resampled whole, and where items are; and its variance
    where single ratings are, as though each were drawn by itself."""

    persons: np.ndarray
    items: np.ndarray
    noise: float


def codes(names: np.ndarray) -> tuple[np.ndarray, int]:
    """Names as numbers from 0, and how many there are."""
    found, numbers = np.unique(names, return_inverse=True)
    return numbers, len(found)


def mean(values: np.ndarray, persons: np.ndarray, items: np.ndarray, seed: int = 20240618) -> Estimate | None:
    """The mean of ratings, shape (ratings,), with the person and the item of each; None without a rating.

    nan is no rating. The interval is that of `two_way`.
    """
    held = np.isfinite(values)
    values, persons, items = values[held], persons[held], items[held]
    if not len(values):
        return None
    rng = np.random.default_rng(seed)
    drawn = Draws(_means(values, persons, rng), _means(values, items, rng), float(values.var() / len(values)))
    counts = (len(values), len(np.unique(persons)), len(np.unique(items)))
    return two_way(float(values.mean()), drawn, *counts)


def _means(values: np.ndarray, groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The mean in each of the draws that resample whole groups."""
    numbers, many = codes(groups)
    sums, sizes = np.bincount(numbers, values, many), np.bincount(numbers, minlength=many)
    weights = rng.multinomial(many, np.full(many, 1 / many), size=_DRAWS).astype(float)
    return (weights @ sums) / (weights @ sizes)


def two_way(value: float, drawn: Draws, ratings: int, persons: int, items: int) -> Estimate:
    """The interval of a measure from its bootstraps over persons and over items.

    Variance: persons + items - noise, as in two-way clustered errors (Cameron, Gelbach and Miller 2011, equation
    2.12), since the noise of single ratings is in both of the first; never less than the larger of the two. Resampling
    persons and items together (Owen 2007, the pigeonhole bootstrap) counts that noise three times and covers too much.
    The ends: normal ones widened as Student's t, as few groups vary more than their resamples show; its degrees of
    freedom are Satterthwaite's (1946) for the sum of both variances.
    """
    by_person, by_item = _variance(drawn.persons, persons), _variance(drawn.items, items)
    error = float(np.sqrt(max(by_person + by_item - drawn.noise, by_person, by_item)))
    if min(persons, items) > 1 and error:
        free = (by_person + by_item) ** 2 / (by_person**2 / (persons - 1) + by_item**2 / (items - 1))
        reach = float(t.ppf(0.975, free))
    else:
        reach = float("nan") if min(persons, items) < 2 else 0.0
    return Estimate(value, value - reach * error, value + reach * error, error, ratings, persons, items)


def _variance(draws: np.ndarray, groups: int) -> float:
    """Of bootstrap draws over so many groups, without the bias of resampling them."""
    held = draws[np.isfinite(draws)]
    return float(held.var()) * groups / max(groups - 1, 1) if len(held) > 1 else float("nan")


def detectable(error: float, power: float = 0.8) -> float:
    """The smallest true difference that so large a study finds with this power, two-sided at 5 %."""
    return float((norm.ppf(0.975) + norm.ppf(power)) * error)
