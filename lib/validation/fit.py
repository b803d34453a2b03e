"""Heads trained on labels: value heads on replies that people judged, preference heads on pairs that people ordered. Both are logistic regressions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from lib.formats.sets import share
from lib.scoring.heads import Head
from lib.scoring.inputs import READING_NUMBERS

FOLDS = 10
RESAMPLES = 16
_INTERCEPT = 30.0  # large, so that the penalty hardly touches the intercepts


@dataclass(frozen=True)
class Points:
    """Judged replies of one set: inputs (rows, width), labels (rows,) of 0 and 1, the prompt of each row, and what a row weighs."""

    x: np.ndarray
    y: np.ndarray
    groups: Sequence[str]
    weight: float = 1.0


@dataclass(frozen=True)
class Pairs:
    """Ordered pairs of one set: inputs of the better and of the worse reply, each (rows, width), and the prompt of each row."""

    better: np.ndarray
    worse: np.ndarray
    groups: Sequence[str]


class Recipe(NamedTuple):
    """How a head is trained: which blocks of the inputs it may weigh, how strongly it is held back (C of scikit-learn), what a feature count weighs,
    and whether pairs whose longer reply is the better one weigh as much together as the others, so that length alone teaches nothing.
    """

    blocks: tuple[str, ...]
    penalty: float
    count_weight: float = 1.0
    even_lengths: bool = False


class Columns(NamedTuple):
    """Centre and spread of every input; a column that a head may not weigh has an infinite spread."""

    centre: np.ndarray
    scale: np.ndarray

    def of(self, x: np.ndarray) -> np.ndarray:
        return (x - self.centre) / self.scale


class Fit(NamedTuple):
    weights: np.ndarray
    offset: float


def columns(x: np.ndarray, blocks: dict[str, slice], recipe: Recipe, centred: bool = True) -> Columns:
    scale = np.full(x.shape[1], np.inf)
    for name in recipe.blocks:
        scale[blocks[name]] = x[:, blocks[name]].std(axis=0) + 1e-3
    for name in {"numbers", "counts"} & set(recipe.blocks):
        scale[blocks[name]] /= recipe.count_weight
    return Columns(x.mean(axis=0) if centred else np.zeros(x.shape[1]), scale)


def _logistic(rows: np.ndarray, labels: np.ndarray, weights: np.ndarray, penalty: float) -> np.ndarray:
    used = rows.any(axis=0)
    out = np.zeros(rows.shape[1])
    out[used] = (
        LogisticRegression(C=penalty, max_iter=400, fit_intercept=False)
        .fit(rows[:, used], labels, sample_weight=weights)
        .coef_[0]
    )
    return out


def fit_points(sets: Sequence[Points], to: Columns, penalty: float, draws: dict[str, int] | None = None) -> Fit:
    """Weights on several sets, each with an intercept of its own; the offset is the first set's. `draws` counts each prompt of a bootstrap draw."""
    rows, weights = [], []
    for k, points in enumerate(sets):
        intercepts = np.zeros((len(points.x), len(sets)))
        intercepts[:, k] = _INTERCEPT
        rows.append(np.hstack([to.of(points.x), intercepts]))
        weights += [points.weight * (1 if draws is None else draws[g]) for g in points.groups]
    found = _logistic(np.vstack(rows), np.concatenate([p.y for p in sets]), np.array(weights), penalty)
    return Fit(found[: -len(sets)], float(found[-len(sets)] * _INTERCEPT))


def even_lengths(longer: np.ndarray) -> np.ndarray:
    """A weight a pair, 1 on average: both kinds, `longer` above 0 (the better reply is the longer) and below 0, weigh the same together."""
    weights = np.ones(len(longer))
    for kind in (longer > 0, longer < 0):
        if kind.any():
            weights[kind] = (longer != 0).sum() / 2 / kind.sum()
    return weights


def _pair_weights(pairs: Pairs, blocks: dict[str, slice], recipe: Recipe) -> np.ndarray:
    if not recipe.even_lengths:
        return np.ones(len(pairs.groups))
    length = blocks["numbers"].start + READING_NUMBERS.index("log of tokens")
    return even_lengths(pairs.better[:, length] - pairs.worse[:, length])


def fit_pairs(
    pairs: Pairs, to: Columns, penalty: float, weights: np.ndarray, draws: dict[str, int] | None = None
) -> Fit:
    """Weights by the model of Bradley and Terry: the logit of an order is the difference of the replies' scores, so there is no offset."""
    difference = (pairs.better - pairs.worse) / to.scale
    weights = weights * np.array([1 if draws is None else draws[g] for g in pairs.groups], float)
    rows, labels = np.vstack([difference, -difference]), np.repeat([1, 0], len(difference))
    return Fit(_logistic(rows, labels, np.concatenate([weights, weights]), penalty), 0.0)


def fold_of(group: str) -> int:
    """Which of FOLDS folds a prompt falls into, by its name alone."""
    return int(share(group, "fold") * FOLDS)


def _picked(groups: Sequence[str], keep: Callable[[str], bool]) -> np.ndarray:
    return np.array([keep(g) for g in groups], bool)


def _points(p: Points, rows: np.ndarray) -> Points:
    return Points(p.x[rows], p.y[rows], [g for g, r in zip(p.groups, rows, strict=True) if r], p.weight)


def points_out_of_fold(sets: Sequence[Points], blocks: dict[str, slice], recipe: Recipe) -> list[np.ndarray]:
    """Logits of each set's rows by heads that saw no row of the same prompt."""
    out = [np.zeros(len(p.y)) for p in sets]
    for fold in range(FOLDS):
        here = [_picked(p.groups, lambda g, fold=fold: fold_of(g) == fold) for p in sets]
        seen = [_points(p, ~rows) for p, rows in zip(sets, here, strict=True)]
        to = columns(np.vstack([p.x for p in seen]), blocks, recipe)
        fit = fit_points(seen, to, recipe.penalty)
        for logits, p, rows in zip(out, sets, here, strict=True):
            logits[rows] = to.of(p.x[rows]) @ fit.weights + fit.offset
    return out


def pairs_out_of_fold(pairs: Pairs, blocks: dict[str, slice], recipe: Recipe) -> np.ndarray:
    """Logit of people's order of each pair, by heads that saw no pair of the same prompt."""
    out = np.zeros(len(pairs.groups))
    for fold in range(FOLDS):
        here = _picked(pairs.groups, lambda g, fold=fold: fold_of(g) == fold)
        seen = Pairs(
            pairs.better[~here], pairs.worse[~here], [g for g, h in zip(pairs.groups, here, strict=True) if not h]
        )
        to = columns(seen.better - seen.worse, blocks, recipe, centred=False)
        out[here] = ((pairs.better[here] - pairs.worse[here]) / to.scale) @ fit_pairs(
            seen, to, recipe.penalty, _pair_weights(seen, blocks, recipe)
        ).weights
    return out


def platt(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Slope and offset that turn logits into probabilities of the label (Platt 1999), lightly penalised so that the slope stays finite."""
    fitted = LogisticRegression(C=10.0).fit(logits[:, None], labels)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def order_slope(differences: np.ndarray) -> float:
    """The slope at which sigmoid(slope * difference) is the probability of people's order, by maximum likelihood; at least 0."""
    both, labels = np.concatenate([differences, -differences])[:, None], np.repeat([1, 0], len(differences))
    return max(0.0, float(LogisticRegression(C=10.0, fit_intercept=False).fit(both, labels).coef_[0, 0]))


def abstain_band(probabilities: np.ndarray, centre: float, coverage: float = 0.8) -> tuple[float, float]:
    """The band about `centre`, the value of a reply of which nothing is known, that holds the least telling rows; `coverage` of all stay outside."""
    half = float(np.quantile(np.abs(probabilities - centre), 1 - coverage))
    return centre - half, centre + half


def best_f1(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The threshold from which yes is said, so that F1 on these rows is highest: midway between two neighbouring values."""
    order = np.argsort(-probabilities, kind="stable")
    p, hits = probabilities[order], np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(p) + 1) + labels.sum())
    f1[:-1][p[:-1] == p[1:]] = 0  # rows of one value fall on one side
    best = int(f1.argmax())
    return float((p[best] + p[min(best + 1, len(p) - 1)]) / 2)


def _draws(groups: Sequence[str], random: np.random.Generator) -> dict[str, int]:
    names = sorted(set(groups))
    counts = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names))
    return dict(zip(names, map(int, counts), strict=True))


def value_head(
    sets: Sequence[Points], blocks: dict[str, slice], recipe: Recipe, rare: bool = False, seed: int = 20240618
) -> Head:
    """A head on judged replies, calibrated out of fold on the first set. It says yes from the rate of yes in that set, which is best for balanced
    accuracy where values are calibrated, or with `rare` from where F1 is best out of fold."""
    target = sets[0]
    logits = points_out_of_fold(sets, blocks, recipe)[0]
    slope, offset = platt(logits, target.y)
    to = columns(np.vstack([p.x for p in sets]), blocks, recipe)
    random = np.random.default_rng(seed)
    groups = [g for p in sets for g in p.groups]
    fits = [
        fit_points(sets, to, recipe.penalty),
        *(fit_points(sets, to, recipe.penalty, _draws(groups, random)) for _ in range(RESAMPLES)),
    ]
    return Head(
        centre=to.centre,
        scale=to.scale,
        weights=np.stack([f.weights for f in fits], axis=1),
        intercepts=np.array([f.offset for f in fits]),
        slope=slope,
        offset=offset,
        pair_slope=0.0,
        abstain=abstain_band(expit(slope * logits + offset), float(target.y.mean())),
        threshold=best_f1(expit(slope * logits + offset), target.y) if rare else float(target.y.mean()),
    )


def preference_head(pairs: Pairs, blocks: dict[str, slice], recipe: Recipe, seed: int = 20240618) -> Head:
    """A head on ordered pairs, its slope fitted out of fold."""
    differences = pairs_out_of_fold(pairs, blocks, recipe)
    to = columns(pairs.better - pairs.worse, blocks, recipe, centred=False)
    random = np.random.default_rng(seed)
    even = _pair_weights(pairs, blocks, recipe)
    draws = [None, *(_draws(pairs.groups, random) for _ in range(RESAMPLES))]
    fits = [fit_pairs(pairs, to, recipe.penalty, even, draw) for draw in draws]
    slope = order_slope(differences)
    weights = np.stack([f.weights for f in fits], axis=1)
    return Head(
        to.centre,
        to.scale,
        weights,
        np.zeros(len(fits)),
        1.0,
        0.0,
        slope,
        abstain_band(expit(slope * differences), 0.5),
    )
