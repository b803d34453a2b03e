"""Prediction-powered means: a scorer's values over all answers, corrected by people's labels on a random part of them.

Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023, Science 382, arXiv 2301.09633; with the power tuning of
Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453, by their package.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from lib.domain import PackageMissing
from lib.measures.stats import Interval, interval, share_if_alike


class Labelled(NamedTuple):
    """One entry an answer of a model: what a scorer says, the label (nan: not drawn for labelling), and its case.

    The labelled answers must be a random part, which the scorer was not fitted on.
    """

    scores: np.ndarray
    labels: np.ndarray
    cases: Sequence[str]


def corrected_mean(seeds: Sequence[Labelled]) -> Interval:
    """The mean label over all answers, with a 95 % interval that resamples whole cases; both cut to 0 to 1.

    `seeds`: the answers of one model, or one table a seed of its tuning, of which the mean counts; the seeds are not
    resampled. Where all labels are 0, or all 1: Wilson's interval over the cases with a label. Raises PackageMissing
    without ppi-python.
    """
    labels = np.concatenate([s.labels for s in seeds])
    known = np.isfinite(labels)
    cases = {case for case, labelled in zip((c for s in seeds for c in s.cases), known, strict=True) if labelled}
    if known.sum() > 1 and (alike := share_if_alike(labels[known], len(cases))):
        return alike
    found = _of_means(seeds, lambda means: float(np.mean(means)))
    value, low, high = np.clip([found.value, found.low, found.high], 0, 1).tolist()
    return Interval(value=value, low=low, high=high)


def corrected_change(before: Labelled, after: Sequence[Labelled]) -> Interval:
    """The mean label after a tuning minus that before it; `after`: one table a seed, of which the mean counts.

    The same cases are drawn for all models; the seeds are not resampled.
    """
    return _of_means([before, *after], lambda means: float(np.mean(means[1:]) - means[0]))


def _of_means(models: Sequence[Labelled], value: Callable[[Sequence[float]], float]) -> Interval:
    """A value of the models' corrected means; the same cases are drawn for all of them."""
    scores, labels = (np.concatenate([m[k] for m in models]) for k in (0, 1))
    whose = np.repeat(np.arange(len(models)), [len(m.scores) for m in models])

    def drawn(rows: np.ndarray) -> float:
        each = [rows[whose[rows] == k] for k in range(len(models))]
        return value([_mean(scores[mine], labels[mine]) for mine in each])

    return interval(drawn, [c for m in models for c in m.cases])


def _mean(scores: np.ndarray, labels: np.ndarray) -> float:
    """nan where fewer than two are labelled, or all."""
    try:
        from ppi_py import ppi_mean_pointestimate
    except ModuleNotFoundError as fault:
        raise PackageMissing("Correcting means by labels", fault, "lib/findings/requirements.txt") from fault
    known = np.isfinite(labels)
    if known.sum() < 2 or known.all():
        return np.nan
    power = None if np.ptp(scores) else 0  # a scorer that says the same of every answer has no weight to find
    return float(np.squeeze(ppi_mean_pointestimate(labels[known], scores[known], scores[~known], lam=power)))
