"""Fitting of heads, by logistic regression: value heads on judged replies, preference heads on ordered pairs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

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
    """Judged replies of one set: inputs x (rows, width), labels y (rows,) of 0 and 1, each row's prompt, a weight."""

    x: np.ndarray
    y: np.ndarray
    groups: Sequence[str]
    weight: float = 1.0


@dataclass(frozen=True)
class Pairs:
    """Ordered pairs of one set: inputs of the better and of the worse reply, each (rows, width), and the prompts."""

    better: np.ndarray
    worse: np.ndarray
    groups: Sequence[str]


Yes = Literal["base rate", "best F1", "even odds"]


class FitSettings(NamedTuple):
    """How a head is fitted."""

    blocks: tuple[str, ...]  # of the inputs that the head may use; see lib/scoring/inputs.py
    penalty: float  # scikit-learn's C: the inverse strength of the L2 penalty
    count_weight: float = 1.0  # scale of `numbers`, `counts` and `marks` against the hidden states
    even_lengths: bool = False  # balance pairs by which reply is longer, so that length alone teaches nothing


class Columns(NamedTuple):
    """Centre and spread of every input, each (width,); a column that a head may not use has an infinite spread."""

    centre: np.ndarray
    scale: np.ndarray

    def of(self, x: np.ndarray) -> np.ndarray:
        """Standardised inputs, of the shape of x."""
        return (x - self.centre) / self.scale


class Fit(NamedTuple):
    """Weights (width,) on standardised inputs, and the intercept."""

    weights: np.ndarray
    offset: float


def columns(x: np.ndarray, blocks: dict[str, slice], settings: FitSettings, centred: bool = True) -> Columns:
    """Centre and spread of inputs x (rows, width); `centred=False` keeps the centre at 0, as differences need it."""
    scale = np.full(x.shape[1], np.inf)
    for name in settings.blocks:
        scale[blocks[name]] = x[:, blocks[name]].std(axis=0) + 1e-3
    for name in {"numbers", "counts", "marks"} & set(settings.blocks):
        scale[blocks[name]] /= settings.count_weight
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
    """Logistic regression on several sets, each with an intercept of its own; the offset is the first set's.

    `draws`: how often a bootstrap draw holds each prompt.
    """
    rows, weights = [], []
    for k, points in enumerate(sets):
        intercepts = np.zeros((len(points.x), len(sets)))
        intercepts[:, k] = _INTERCEPT
        rows.append(np.hstack([to.of(points.x), intercepts]))
        weights += [points.weight * (1 if draws is None else draws[g]) for g in points.groups]
    found = _logistic(np.vstack(rows), np.concatenate([p.y for p in sets]), np.array(weights), penalty)
    return Fit(found[: -len(sets)], float(found[-len(sets)] * _INTERCEPT))


def even_lengths(longer: np.ndarray) -> np.ndarray:
    """Weights (pairs,), 1 on average, under which pairs whose better reply is longer count as much as the others.

    `longer` (pairs,): length of the better reply minus that of the worse; pairs at 0 keep weight 1.
    """
    weights = np.ones(len(longer))
    for kind in (longer > 0, longer < 0):
        if kind.any():
            weights[kind] = (longer != 0).sum() / 2 / kind.sum()
    return weights


def _pair_weights(pairs: Pairs, blocks: dict[str, slice], settings: FitSettings) -> np.ndarray:
    if not settings.even_lengths:
        return np.ones(len(pairs.groups))
    length = blocks["numbers"].start + READING_NUMBERS.index("log of tokens")
    return even_lengths(pairs.better[:, length] - pairs.worse[:, length])


def fit_pairs(
    pairs: Pairs, to: Columns, penalty: float, weights: np.ndarray, draws: dict[str, int] | None = None
) -> Fit:
    """Bradley and Terry's model (1952): the logit of an order is the difference of the replies' scores, without offset.

    `weights` (pairs,); `draws`: how often a bootstrap draw holds each prompt.
    """
    difference = (pairs.better - pairs.worse) / to.scale
    weights = weights * np.array([1 if draws is None else draws[g] for g in pairs.groups], float)
    rows, labels = np.vstack([difference, -difference]), np.repeat([1, 0], len(difference))
    return Fit(_logistic(rows, labels, np.concatenate([weights, weights]), penalty), 0.0)


def fold_of(group: str) -> int:
    """The fold of a prompt, in [0, FOLDS), by a hash of its name."""
    return int(share(group, "fold") * FOLDS)


def _picked(groups: Sequence[str], keep: Callable[[str], bool]) -> np.ndarray:
    return np.array([keep(g) for g in groups], bool)


def _points(p: Points, rows: np.ndarray) -> Points:
    return Points(p.x[rows], p.y[rows], [g for g, r in zip(p.groups, rows, strict=True) if r], p.weight)


def points_out_of_fold(sets: Sequence[Points], blocks: dict[str, slice], settings: FitSettings) -> list[np.ndarray]:
    """Logits (rows,) of each set by heads fitted on the folds that do not hold the row's prompt."""
    out = [np.zeros(len(p.y)) for p in sets]
    for fold in range(FOLDS):
        here = [_picked(p.groups, lambda g, fold=fold: fold_of(g) == fold) for p in sets]
        seen = [_points(p, ~rows) for p, rows in zip(sets, here, strict=True)]
        to = columns(np.vstack([p.x for p in seen]), blocks, settings)
        fit = fit_points(seen, to, settings.penalty)
        for logits, p, rows in zip(out, sets, here, strict=True):
            logits[rows] = to.of(p.x[rows]) @ fit.weights + fit.offset
    return out


def pairs_out_of_fold(pairs: Pairs, blocks: dict[str, slice], settings: FitSettings) -> np.ndarray:
    """Logit (pairs,) of people's order by heads fitted on the folds that do not hold the pair's prompt."""
    out = np.zeros(len(pairs.groups))
    for fold in range(FOLDS):
        here = _picked(pairs.groups, lambda g, fold=fold: fold_of(g) == fold)
        seen = Pairs(
            pairs.better[~here], pairs.worse[~here], [g for g, h in zip(pairs.groups, here, strict=True) if not h]
        )
        to = columns(seen.better - seen.worse, blocks, settings, centred=False)
        out[here] = ((pairs.better[here] - pairs.worse[here]) / to.scale) @ fit_pairs(
            seen, to, settings.penalty, _pair_weights(seen, blocks, settings)
        ).weights
    return out


def platt(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Slope and offset from logits to probabilities of the label (Platt 1999); an L2 penalty keeps the slope finite."""
    fitted = LogisticRegression(C=10.0).fit(logits[:, None], labels)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def order_slope(differences: np.ndarray) -> float:
    """The slope >= 0 with which sigmoid(slope * difference) fits people's order, by L2-penalised likelihood."""
    both, labels = np.concatenate([differences, -differences])[:, None], np.repeat([1, 0], len(differences))
    return max(0.0, float(LogisticRegression(C=10.0, fit_intercept=False).fit(both, labels).coef_[0, 0]))


def abstain_band(probabilities: np.ndarray, centre: float, coverage: float = 0.8) -> tuple[float, float]:
    """The band around `centre` (the base rate) in which a head abstains: a share `coverage` of rows lies outside.

    Selective classification by confidence (El-Yaniv and Wiener 2010).
    """
    half = float(np.quantile(np.abs(probabilities - centre), 1 - coverage))
    return centre - half, centre + half


def best_f1(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The threshold with the highest F1 on these rows, midway between neighbouring values; at it or above is yes."""
    order = np.argsort(-probabilities, kind="stable")
    p, hits = probabilities[order], np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(p) + 1) + labels.sum())
    f1[:-1][p[:-1] == p[1:]] = 0  # rows of equal value fall on one side
    best = int(f1.argmax())
    return float((p[best] + p[min(best + 1, len(p) - 1)]) / 2)


def _draws(groups: Sequence[str], random: np.random.Generator) -> dict[str, int]:
    names = sorted(set(groups))
    counts = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names))
    return dict(zip(names, map(int, counts), strict=True))


def value_head(
    sets: Sequence[Points],
    blocks: dict[str, slice],
    settings: FitSettings,
    yes: Yes = "base rate",
    seed: int = 20240618,
) -> Head:
    """A head on judged replies, calibrated out of fold on the first set.

    `yes`: where a yes begins. At the rate of yes in that set, which is best for balanced accuracy of calibrated values;
    at the best F1 out of fold; or at even odds, so that the label fits the probability beside it.
    """
    target = sets[0]
    logits = points_out_of_fold(sets, blocks, settings)[0]
    slope, offset = platt(logits, target.y)
    to = columns(np.vstack([p.x for p in sets]), blocks, settings)
    random = np.random.default_rng(seed)
    groups = [g for p in sets for g in p.groups]
    fits = [
        fit_points(sets, to, settings.penalty),
        *(fit_points(sets, to, settings.penalty, _draws(groups, random)) for _ in range(RESAMPLES)),
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
        threshold={
            "base rate": float(target.y.mean()),
            "best F1": best_f1(expit(slope * logits + offset), target.y),
            "even odds": 0.5,
        }[yes],
    )


def preference_head(pairs: Pairs, blocks: dict[str, slice], settings: FitSettings, seed: int = 20240618) -> Head:
    """A head on ordered pairs; the slope of its preferences is fitted out of fold."""
    differences = pairs_out_of_fold(pairs, blocks, settings)
    to = columns(pairs.better - pairs.worse, blocks, settings, centred=False)
    random = np.random.default_rng(seed)
    even = _pair_weights(pairs, blocks, settings)
    draws = [None, *(_draws(pairs.groups, random) for _ in range(RESAMPLES))]
    fits = [fit_pairs(pairs, to, settings.penalty, even, draw) for draw in draws]
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
