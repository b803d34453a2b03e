"""Prediction-powered means: a scorer's values over all answers, corrected by people's labels on a random part of them.

Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023, Science 382, arXiv 2301.09633; with the power tuning of
Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453, by their package.
"""

from collections.abc import Sequence
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


def corrected_mean(answers: Labelled) -> Interval:
    """The mean label over all answers, with a 95 % interval that resamples whole cases; both cut to 0 to 1.

    Where all labels are 0, or all 1: Wilson's interval over the cases with a label. Raises PackageMissing without
    ppi-python.
    """
    known = np.isfinite(answers.labels)
    cases = {case for case, labelled in zip(answers.cases, known, strict=True) if labelled}
    if known.sum() > 1 and (alike := share_if_alike(answers.labels[known], len(cases))):
        return alike
    found = interval(lambda rows: _mean(answers.scores[rows], answers.labels[rows]), answers.cases)
    value, low, high = np.clip([found.value, found.low, found.high], 0, 1).tolist()
    return Interval(value=value, low=low, high=high)


def corrected_change(before: Labelled, after: Sequence[Labelled]) -> Interval:
    """The mean label after a tuning minus that before it; `after`: one table a seed, of which the mean counts.

    The same cases are drawn for all models; the seeds are not resampled.
    """
    models = [before, *after]
    scores, labels = (np.concatenate([m[k] for m in models]) for k in (0, 1))
    whose = np.repeat(np.arange(len(models)), [len(m.scores) for m in models])

    def change(rows: np.ndarray) -> float:
        first, *rest = (
            _mean(scores[mine], labels[mine]) for k in range(len(models)) if len(mine := rows[whose[rows] == k])
        )
        return float(np.mean(rest)) - first

    return interval(change, [c for m in models for c in m.cases])


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
