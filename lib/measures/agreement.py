"""Krippendorff's alpha with an interval over items: how far several people's ratings of the same things agree."""

from typing import Literal, NamedTuple

import numpy as np

Level = Literal["nominal", "ordinal", "interval"]
_DRAWS = 1000


class Agreement(NamedTuple):
    """Alpha, 1 where all agree and 0 where they do as by chance, with its 95 % interval.

    `items`: rated by two or more; `ratings`: of those items.
    """

    value: float
    low: float
    high: float
    items: int
    ratings: int


def agreement(
    counts: np.ndarray, level: Level, values: np.ndarray | None = None, seed: int = 20240618
) -> Agreement | None:
    """Alpha (Krippendorff 2011, Computing Krippendorff's alpha-reliability) of `counts`, shape (items, values).

    A cell says how often an item got a value; `values` are their numbers for the interval level, else 0, 1, 2 ... An
    item with one rating says nothing of agreement and is left out. None where fewer than two items are left or all
    ratings are alike, so that there is nothing to agree or disagree on. The interval: percentile bootstrap over whole
    items; draws on which alpha is undefined are left out. The package krippendorff, to which the tests hold this, is
    under the GPL and has no interval.
    """
    held = np.asarray(counts, float)
    held = held[held.sum(axis=1) >= 2]
    if len(held) < 2 or (held.sum(axis=0) > 0).sum() < 2:
        return None
    numbers = np.arange(held.shape[1], dtype=float) if values is None else np.asarray(values, float)
    weights = np.random.default_rng(seed).multinomial(len(held), np.full(len(held), 1 / len(held)), size=_DRAWS)
    draws = _alphas(held, weights.astype(float), level, numbers)
    draws = draws[np.isfinite(draws)]
    low, high = np.quantile(draws, (0.025, 0.975)) if len(draws) else (np.nan, np.nan)
    value = _alphas(held, np.ones((1, len(held))), level, numbers)[0]
    return Agreement(float(value), float(low), float(high), len(held), int(held.sum()))


def _alphas(counts: np.ndarray, weights: np.ndarray, level: Level, numbers: np.ndarray) -> np.ndarray:
    """Alpha for each row of weights of the items; nan where expected disagreement is none."""
    totals = weights @ counts  # (draws, values): how often each value was given
    distance = _distance(totals, level, numbers)  # (draws or 1, values, values)
    pairs = counts.sum(axis=1) - 1
    if len(distance) == 1:
        observed = weights @ (np.einsum("iv,vk,ik->i", counts, distance[0], counts) / pairs)
    else:
        coincidences = np.einsum("iv,ik->ivk", counts, counts) / pairs[:, None, None]
        observed = np.einsum("di,ivk,dvk->d", weights, coincidences, distance, optimize=True)
    expected = np.einsum("dv,dvk,dk->d", totals, np.broadcast_to(distance, (len(totals), *distance.shape[1:])), totals)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - observed * (totals.sum(axis=1) - 1) / expected, np.nan)


def _distance(totals: np.ndarray, level: Level, numbers: np.ndarray) -> np.ndarray:
    """Squared distances between values; those of ranks depend on how often each value was given."""
    if level == "nominal":
        return (1 - np.eye(len(numbers)))[None]
    if level == "interval":
        return ((numbers[:, None] - numbers[None, :]) ** 2)[None]
    middle = np.cumsum(totals, axis=1) - totals / 2  # the mean rank of a value's ratings
    return (middle[:, :, None] - middle[:, None, :]) ** 2


def in_words(found: Agreement | None) -> str:
    """What an alpha says, in a few words; the marks are Krippendorff's (2004)."""
    if found is None:
        return "not enough ratings that differ to say how far people agree"
    if not found.low > 0:
        return "no more agreement than chance would give"
    if found.value >= 0.8:
        return "people agree closely"
    return "people agree roughly" if found.value >= 0.667 else "people differ, though less than by chance"
