"""What a set rewards: a logistic regression of people's choices on what differs between the two replies."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from lib.measures.clusters import draws, mean_interval, normal_interval
from lib.measures.stats import Interval
from lib.preferences.marks import COLUMN, MARKS
from lib.preferences.material import Material
from lib.preferences.records import Profile, Weight

_FEWEST_DIFFER, _FEWEST_PROMPTS = 20, 10  # comparisons and prompts for a mark to be in the regression
_FEWEST, _FOLDS = 50, 5  # comparisons for a regression at all
_DRAWS, _MANY_ROWS = (400, 80), 50_000  # draws of the bootstrap for fewer and for more rows than this
_CEILING_ROWS = 30_000
_STRENGTH = 1.0  # C of scikit-learn: the inverse of the ridge penalty on standardised marks


def profile(material: Material, words: csr_matrix | None = None, draw_count: int | None = None) -> Profile | None:
    """The regression over the decided English comparisons; None where there are too few or all of one kind.

    Model: log-odds that the first reply is chosen = b . (marks of the first - marks of the second), without an
    intercept; of replies judged one by one, b . marks with one. Cf. Li et al. 2024 (arXiv 2402.11296).
    `words`: a row a comparison, what the first reply has more of than the second, for the ceiling.
    """
    decided = np.isin(material.choices, (0.0, 1.0))
    rows = np.flatnonzero(decided & material.english)
    not_english = int((decided & ~material.english).sum())
    if len(rows) < _FEWEST:
        return None
    here = material.only(np.isin(np.arange(len(material.comparisons)), rows))
    signs = _signs(len(rows), material.single)
    design = _design(here) * signs[:, None]
    chosen = ((here.choices == 1) == (signs > 0)).astype(int)
    if len(np.unique(chosen)) < 2:
        return None
    groups = np.unique(here.groups, return_inverse=True)[1]
    differ = _differ(here)
    used, too_rare = _usable(differ, groups)
    scale = _scale(design[:, used], material.single)
    standard = (design[:, used] - (design[:, used].mean(axis=0) if material.single else 0)) / scale
    model = _fitted(standard, chosen, material.single)
    spread = _spread(standard, chosen, groups, material.single, draw_count)
    beta = np.asarray(model.coef_[0])
    right = _out_of_fold(standard, chosen, groups, material.single)
    longest = _longest(here)
    assert right is not None and longest is not None
    ceiling, ceiling_pairs = _ceiling(words, rows, chosen, signs, groups, material.single)
    weights = [
        _weight(k, float(b), float(s), float(sd), here, differ)
        for k, b, s, sd in zip(used, beta, spread, scale, strict=True)
    ]
    return Profile(
        comparisons=len(rows),
        prompts=int(groups.max()) + 1,
        weights=tuple(sorted(weights, key=lambda w: -abs(w.standard.value))),
        too_rare=too_rare,
        accuracy=right,
        longest=longest,
        ceiling=ceiling,
        ceiling_pairs=ceiling_pairs,
        not_english=not_english,
    )


def _signs(rows: int, single: bool) -> np.ndarray:
    """Which comparisons are turned round: half, by chance, or every choice of a chosen/rejected file were the first."""
    return np.ones(rows) if single else np.random.default_rng(0).choice([-1.0, 1.0], rows)


def _design(material: Material) -> np.ndarray:
    return (material.first if material.single else material.first - material.second).astype(np.float64)


def _differ(material: Material) -> np.ndarray:
    """1 where the first reply has more of a mark, -1 where less, 0 where both alike; shape (comparisons, marks).

    Of replies judged one by one: 1 where it has more than the usual reply, -1 where less; where the usual reply has the
    most of a mark, 1 where it has any more than the least.
    """
    if material.single:
        replies = material.first
        usual = np.median(replies, axis=0)
        return np.sign(replies - np.where(usual < replies.max(axis=0), usual, replies.min(axis=0)))
    return np.sign(material.first - material.second)


def _usable(differ: np.ndarray, groups: np.ndarray) -> tuple[list[int], dict[str, int]]:
    used, rare = [], {}
    for k, mark in enumerate(MARKS):
        rows = np.flatnonzero(differ[:, k])
        if len(rows) >= _FEWEST_DIFFER and len(np.unique(groups[rows])) >= _FEWEST_PROMPTS:
            used.append(k)
        else:
            rare[mark.key] = len(rows)
    return used, rare


def _scale(design: np.ndarray, single: bool) -> np.ndarray:
    spread = design.std(axis=0) if single else np.sqrt((design**2).mean(axis=0))
    return np.where(spread > 0, spread, 1.0)


def _fitted(x: np.ndarray, y: np.ndarray, single: bool, weight: np.ndarray | None = None) -> LogisticRegression:
    model = LogisticRegression(C=_STRENGTH, solver="newton-cholesky", fit_intercept=single, tol=1e-4)
    return model.fit(x, y, sample_weight=weight)


def _spread(x: np.ndarray, y: np.ndarray, groups: np.ndarray, single: bool, count: int | None) -> np.ndarray:
    """Standard deviation of each coefficient over draws of whole prompts."""
    count = count or _DRAWS[len(x) > _MANY_ROWS]
    found = []
    for weights in draws(int(groups.max()) + 1, count):
        mine = weights[groups]
        keep = mine > 0
        if len(np.unique(y[keep])) > 1:
            found.append(_fitted(x[keep], y[keep], single, mine[keep]).coef_[0])
    return np.std(found, axis=0, ddof=1)


def _weight(k: int, beta: float, spread: float, scale: float, material: Material, differ: np.ndarray) -> Weight:
    mark = MARKS[k]
    standard = normal_interval(beta, spread)
    per_unit = [float(np.exp(np.clip(v * mark.unit / scale, -20, 20))) for v in (beta, standard.low, standard.high)]
    rows = np.flatnonzero(differ[:, k] if not material.single else differ[:, k] > 0)
    won = (differ[rows, k] > 0) == (material.choices[rows] == 1)
    raw = mean_interval(won.astype(float), material.groups[rows])
    assert raw is not None
    odds = Interval(value=per_unit[0], low=per_unit[1], high=per_unit[2])
    return Weight(mark=mark.key, standard=standard, odds=odds, differ=len(rows), raw=raw)


def _out_of_fold(x: np.ndarray, y: np.ndarray, groups: np.ndarray, single: bool) -> Interval | None:
    right = np.zeros(len(y))
    for train, test in GroupKFold(min(_FOLDS, int(groups.max()) + 1)).split(x, y, groups):
        if len(np.unique(y[train])) > 1:
            right[test] = _fitted(x[train], y[train], single).predict(x[test]) == y[test]
    return mean_interval(right, groups)


def _longest(material: Material) -> Interval | None:
    """How often the longer reply is the chosen one; equal lengths count half. Alone: longer than the median."""
    longer = _differ(material)[:, COLUMN["length"]]
    hit = np.where(longer == 0, 0.5, (longer > 0) == (material.choices == 1))
    return mean_interval(hit.astype(float), material.groups)


def _ceiling(
    words: csr_matrix | None, rows: np.ndarray, y: np.ndarray, signs: np.ndarray, groups: np.ndarray, single: bool
) -> tuple[Interval | None, int]:
    """Out-of-fold accuracy of a ridge logistic regression on every word, over at most _CEILING_ROWS comparisons."""
    if words is None:
        return None, 0
    picked = np.arange(len(rows))
    if len(rows) > _CEILING_ROWS:
        picked = np.sort(np.random.default_rng(1).permutation(len(rows))[:_CEILING_ROWS])
    x = words[rows[picked]].multiply(signs[picked][:, None]).tocsr()
    mine, labels = np.unique(groups[picked], return_inverse=True)[1], y[picked]
    right = np.zeros(len(picked))
    for train, test in GroupKFold(min(_FOLDS, int(mine.max()) + 1)).split(x, labels, mine):
        model = LogisticRegression(C=0.1, solver="lbfgs", fit_intercept=single, max_iter=200, tol=1e-3)
        if len(np.unique(labels[train])) > 1:
            right[test] = model.fit(x[train], labels[train]).predict(x[test]) == labels[test]
    return mean_interval(right, mine), len(picked)


def told(weights: Sequence[Weight]) -> list[Weight]:
    """The marks whose interval keeps clear of no effect, the strongest first."""
    return [w for w in weights if w.standard.low > 0 or w.standard.high < 0]
