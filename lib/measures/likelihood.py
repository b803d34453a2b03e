"""Numbers over log-likelihoods and scores: pulls, shifts and slopes, means with their range.

The formulas follow the project's measures: reference replies are compared by pointwise mutual information, because the
raw likelihood of a
reply mostly ranks how generic its words are.
"""

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import softmax
from scipy.stats import linregress
from statsmodels.regression.linear_model import OLS

from lib.cases.replies import STEMS
from lib.domain import CRITERIA, CaseStudy, Criterion, Pair, ReferenceReply, ReplyLogLikelihood, Score, TrilemmaError
from lib.measures.stats import Interval

TEMPERATURE = 0.1  # nats per character; about the spread of replies within a case


class ReplyPmi(NamedTuple):
    """How much likelier a prompt makes a reply, in nats per 100 characters, with the range over wordings x stems."""

    reply_id: str
    value: float
    low: float
    high: float


class Pull(NamedTuple):
    """A model's expected rating on one criterion, 0 to 1, with the range over wordings x stems."""

    criterion: Criterion
    value: float
    low: float
    high: float
    even: float  # the value if every reply were equally likely


def _replies(case: CaseStudy, prompt_id: str) -> tuple[ReferenceReply, ...]:
    """Those that answer the prompt: a reply to another question is unlikely for another reason."""
    return case.replies_to(case.prompt(prompt_id))


def _grid(replies: Sequence[ReferenceReply], contexts: Sequence[str], rows: Iterable[ReplyLogLikelihood]) -> np.ndarray:
    """Log-likelihoods after each context, in nats per character; shape (replies, wordings, contexts).

    Raises TrilemmaError where one is missing.
    """
    known = {(r.reply_id, r.wording, r.context): r.logprob / r.characters for r in rows}
    try:
        return np.array([[[known[r.id, w, c] for c in contexts] for w in range(len(r.wordings))] for r in replies])
    except KeyError as missing:
        raise TrilemmaError(f"No stored log-likelihood for {missing.args[0]}") from missing


def _pmi_grid(case: CaseStudy, prompt_id: str, rows: Iterable[ReplyLogLikelihood]) -> np.ndarray:
    """Log-likelihood after the prompt minus that after each stem, nats per character: (replies, wordings, stems)."""
    grid = _grid(_replies(case, prompt_id), [prompt_id, *(s.id for s in STEMS)], rows)
    return grid[:, :, :1] - grid[:, :, 1:]


def reply_pmis(case: CaseStudy, prompt_id: str, rows: Iterable[ReplyLogLikelihood]) -> list[ReplyPmi]:
    """PMI(r) = [log p(r | prompt) - mean over stems of log p(r | stem)] / characters(r), averaged over wordings.

    `rows`: one model's.
    """
    grid = 100 * _pmi_grid(case, prompt_id, rows)
    return [
        ReplyPmi(r.id, float(g.mean()), float(g.min()), float(g.max()))
        for r, g in zip(_replies(case, prompt_id), grid, strict=True)
    ]


class Favourite(NamedTuple):
    """The reference reply that a prompt makes likelier most; `steady`: in every combination of wording and stem."""

    reply_id: str
    steady: bool


def favourite(case: CaseStudy, prompt_id: str, rows: Iterable[ReplyLogLikelihood]) -> Favourite:
    """The reply with the highest PMI after a prompt. `rows`: one model's."""
    grid = _pmi_grid(case, prompt_id, rows)
    best = int(grid.mean(axis=(1, 2)).argmax())
    return Favourite(_replies(case, prompt_id)[best].id, bool((grid.argmax(axis=0) == best).all()))


def pulls(case: CaseStudy, prompt_id: str, rows: Iterable[ReplyLogLikelihood]) -> list[Pull]:
    """E_m[a_j] = sum over replies of softmax(PMI / T) a_j, T = TEMPERATURE; the range is over wordings x stems."""
    grid = _pmi_grid(case, prompt_id, rows)
    ratings = np.array([[r.ratings[c] for c in CRITERIA] for r in _replies(case, prompt_id)])

    def expected(pmi: np.ndarray) -> np.ndarray:
        return softmax(pmi / TEMPERATURE) @ ratings

    value = expected(grid.mean(axis=(1, 2)))
    single = np.array([expected(grid[:, w, s]) for w, s in itertools.product(*map(range, grid.shape[1:]))])
    return [
        Pull(c, float(value[j]), float(single[:, j].min()), float(single[:, j].max()), float(ratings[:, j].mean()))
        for j, c in enumerate(CRITERIA)
    ]


class ReplyShift(NamedTuple):
    """How much likelier tuning made a reply to a prompt, in nats per 100 characters, with the range over wordings."""

    reply_id: str
    value: float
    low: float
    high: float


class Slope(NamedTuple):
    """Nats per 100 characters that tuning moved replies by, for a full step of rating, with the range over wordings."""

    criterion: Criterion
    value: float
    low: float
    high: float


def _shift_grid(
    case: CaseStudy, prompt_id: str, base: Iterable[ReplyLogLikelihood], tuned: Iterable[ReplyLogLikelihood]
) -> np.ndarray:
    """Shape (replies, wordings): d(r) = 100 [log p_tuned(r | prompt) - log p_base(r | prompt)] / characters(r)."""
    replies = _replies(case, prompt_id)
    return 100 * (_grid(replies, [prompt_id], tuned) - _grid(replies, [prompt_id], base))[:, :, 0]


def reply_shifts(
    case: CaseStudy, prompt_id: str, base: Iterable[ReplyLogLikelihood], tuned: Iterable[ReplyLogLikelihood]
) -> list[ReplyShift]:
    """d(r), averaged over wordings; rows of a tuned model and of its own base, in the same template."""
    grid = _shift_grid(case, prompt_id, base, tuned)
    return [
        ReplyShift(r.id, float(d.mean()), float(d.min()), float(d.max()))
        for r, d in zip(_replies(case, prompt_id), grid, strict=True)
    ]


def shift_slopes(
    case: CaseStudy, prompt_id: str, base: Iterable[ReplyLogLikelihood], tuned: Iterable[ReplyLogLikelihood]
) -> list[Slope]:
    """b_j: the least-squares slope of d(r) on the ratings a_j(r) of a prompt's replies; the range is over wordings."""
    grid = _shift_grid(case, prompt_id, base, tuned)
    out = []
    for criterion in CRITERIA:
        ratings = [r.ratings[criterion] for r in _replies(case, prompt_id)]
        single = [float(linregress(ratings, d).slope) for d in grid.T]
        out.append(Slope(criterion, float(linregress(ratings, grid.mean(axis=1)).slope), min(single), max(single)))
    return out


class RatedShift(NamedTuple):
    """How much likelier tuning made one reply to one prompt, in nats per 100 characters, and the reply's ratings."""

    case_id: str
    prompt_id: str
    value: float
    ratings: tuple[float, ...]  # in the order of CRITERIA


def joint_slopes(shifts: Sequence[RatedShift]) -> dict[Criterion, Interval]:
    """Nats per 100 characters for a full step of rating on one criterion, the ratings on the other two held equal.

    Least squares of the shifts on the three ratings, each as its distance from the prompt's mean; 95 % intervals from a
    covariance clustered by case (Liang and Zeger 1986). The ratings of one reply hang together (what is rated more
    honest is often rated less helpful), so that each slope by itself would hold a part of the others. Nothing where
    the ratings don't tell the criteria apart, or fewer than two cases have shifts.
    """
    frame = pd.DataFrame([(s.case_id, s.prompt_id, s.value, *s.ratings) for s in shifts])
    if frame.empty or frame[0].nunique() < 2:
        return {}
    within = frame.drop(columns=[0, 1]) - frame.drop(columns=[0]).groupby(1).transform("mean")
    ratings = within.drop(columns=2).to_numpy()
    if np.linalg.matrix_rank(ratings) < len(CRITERIA):
        return {}
    groups = {"groups": pd.factorize(frame[0])[0]}
    fitted = OLS(within[2].to_numpy(), ratings).fit(cov_type="cluster", cov_kwds=groups, use_t=True)
    ends = zip(CRITERIA, fitted.params, fitted.conf_int(), strict=True)
    return {c: Interval(value=float(value), low=float(low), high=float(high)) for c, value, (low, high) in ends}


class Summary(NamedTuple):
    """One scorer's scores of one criterion: mean and range over the scored, and how many of how many those are."""

    criterion: Criterion
    mean: float | None
    low: float | None
    high: float | None
    scored: int
    total: int


def summarise(scores: Sequence[Sequence[Score]]) -> list[Summary]:
    """One Summary a criterion over responses' scores. What has no value stays out of the mean and in the total.

    Raises ValueError where the scores are of more than one scorer: their values have no mean.
    """
    if len(scorers := {s.scorer for response in scores for s in response}) > 1:
        raise ValueError(f"scores of several scorers cannot be averaged: {', '.join(sorted(scorers))}")
    out = []
    for criterion in CRITERIA:
        values = [s.value for response in scores for s in response if s.aspect == criterion and s.value is not None]
        stats = (float(np.mean(values)), min(values), max(values)) if values else (None, None, None)
        out.append(Summary(criterion, *stats, len(values), len(scores)))
    return out


def pair_of(a: str, b: str, pairs: Iterable[Pair]) -> Pair | None:
    """The Pair that two model ids form, or None: between families no shift is defined."""
    return next((p for p in pairs if {p.base.id, p.tuned.id} == {a, b}), None)
