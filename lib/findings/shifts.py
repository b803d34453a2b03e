"""What a tuning did in each case: shifts on the criteria by checks and likelihoods, and whether two oppose."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from statsmodels.stats.proportion import confint_proportions_2indep

from lib.cases.replies import held_logliks
from lib.domain import CRITERIA, CaseStudy, Check, Criterion, ReplyLogLikelihood
from lib.findings.answers import ByPrompt, Library, Seen
from lib.findings.measures import SLOPES
from lib.findings.records import CaseShift, Change, Comparison, Opposition, Side
from lib.measures.likelihood import RatedShift, joint_slopes, reply_shifts, shift_slopes
from lib.measures.shifts import (
    Opposed,
    Sheet,
    Signs,
    false_discovery_rates,
    opposed,
    picked_seeds,
    seed_shifts,
    shift_draws,
    shifts,
    verdicts,
)
from lib.measures.stats import Interval

_DRAWS = 1000
_LEAST_SCALE = 0.05  # where single answers hardly differ, as a divisor would make much of nothing
_MOVED = 0.05  # of a share: less is no change when two models are ranked
LogLiks = Mapping[str, Mapping[str, Sequence[ReplyLogLikelihood]]]  # model id -> case id -> rows


class Material(NamedTuple):
    """A case's answers before and after a tuning; `after` has one entry a seed."""

    case: CaseStudy
    before: ByPrompt
    after: tuple[ByPrompt, ...]

    @property
    def prompts(self) -> list[str]:
        """The ids of the prompts that all models have answered."""
        return [p.id for p in self.case.prompts if all(a.get(p.id) for a in (self.before, *self.after))]


def material(found: Library, case: CaseStudy, comparison: Comparison) -> Material:
    before, *after = (found.models[m].get(case.id, {}) for m in (comparison.before, *comparison.after))
    return Material(case, before, tuple(after))


def signs(checks: Sequence[Check]) -> Signs:
    """For each check whether its yes speaks for a criterion (1), against it (-1) or not of it (0)."""
    return {c: np.array([(1 if k.sign == "for" else -1) * (k.aspect == c) for k in checks]) for c in CRITERIA}


def said(answers: Sequence[Seen], checks: Sequence[Check]) -> np.ndarray:
    """1 yes, 0 no, nan can't tell or not asked; (answers, checks)."""
    told = [[a.answer.said.get(k.key) for k in checks] for a in answers]
    return np.array([[np.nan if v is None else float(v) for v in row] for row in told])


def sheets(mine: Material) -> list[Sheet]:
    checks = mine.case.checks
    return [Sheet(said(mine.before[p], checks), tuple(said(a[p], checks) for a in mine.after)) for p in mine.prompts]


def base_scale(found: Library, models: Sequence[str]) -> np.ndarray:
    """The standard deviation of what checks say of single answers of the models, on each criterion; (criteria,)."""
    values: dict[Criterion, list[float]] = {c: [] for c in CRITERIA}
    for case in found.cases:
        towards = signs(case.checks)
        for model in models:
            for each in found.models[model].get(case.id, {}).values():
                table = said(each, case.checks)
                for criterion, sign in towards.items():
                    mine = table[:, sign != 0] * sign[sign != 0]
                    told = np.isfinite(mine).any(axis=1)
                    values[criterion] += np.nanmean(mine[told], axis=1).tolist()
    return np.array([max(np.std(values[c]), _LEAST_SCALE) if values[c] else 1.0 for c in CRITERIA])


def _slopes(mine: Material, comparison: Comparison, logliks: LogLiks) -> dict[Criterion, list[float]]:
    """The likelihood slope on each criterion at each prompt, averaged over the seeds that have it."""
    before, *after = (list(logliks.get(m, {}).get(mine.case.id, ())) for m in (comparison.before, *comparison.after))
    out: dict[Criterion, list[float]] = {c: [] for c in CRITERIA}
    for prompt in mine.case.prompts:
        whole = [rows for rows in after if held_logliks(mine.case, prompt, rows).complete]
        if not whole or not held_logliks(mine.case, prompt, before).complete:
            continue
        each = [shift_slopes(mine.case, prompt.id, before, rows) for rows in whole]
        for j, criterion in enumerate(CRITERIA):
            out[criterion].append(float(np.mean([slopes[j].value for slopes in each])))
    return out


def _refusal(mine: Material) -> Interval | None:
    """The share of answers that refuse, after minus before, with Newcombe's interval (1998, method 10).

    Of each prompt as many answers of each model count: one that was asked more often weighs the same before and after.
    """
    least = {p: min(len(a[p]) for a in (mine.before, *mine.after)) for p in mine.prompts}

    def counted(answers: Sequence[ByPrompt]) -> tuple[int, int]:
        read = [s.answer.refusal for a in answers for p, most in least.items() for s in a[p][:most]]
        labels = [label for label in read if label is not None]
        return sum(label in ("partial", "full") for label in labels), len(labels)

    (yes, told), (yes_before, told_before) = counted(mine.after), counted([mine.before])
    if not told or not told_before:
        return None
    low, high = confint_proportions_2indep(yes, told, yes_before, told_before, method="newcomb")
    return Interval(value=yes / told - yes_before / told_before, low=float(low), high=float(high))


def _pareto(moved: np.ndarray) -> Literal["better", "worse", "mixed", "no change"] | None:
    """Whether the criteria that moved all rose, all fell, or did both."""
    held = moved[np.isfinite(moved)]
    if len(held) < 2:
        return None
    up, down = bool((held > _MOVED).any()), bool((held < -_MOVED).any())
    return "mixed" if up and down else "better" if up else "worse" if down else "no change"


class _Case(NamedTuple):
    shift: CaseShift  # without its verdict, which needs all cases
    opposed: Opposed | None


def _case(mine: Material, comparison: Comparison, scale: np.ndarray, logliks: LogLiks, draws: int) -> _Case:
    table, towards = sheets(mine), signs(mine.case.checks)
    rng = np.random.default_rng(20240618)
    mean, seeds = shifts(table, towards), seed_shifts(table, towards)
    low, high = np.quantile(
        shift_draws(table, towards, picked_seeds(len(comparison.after), draws, rng), rng), (0.025, 0.975), axis=0
    )
    slopes = _slopes(mine, comparison, logliks)
    sides = {}
    for j, c in enumerate(CRITERIA):
        told = np.isfinite(mean[j])
        shift = Interval(value=float(mean[j]), low=float(low[j]), high=float(high[j])) if told else None
        every = tuple(map(float, seeds[:, j])) if told and len(seeds) > 1 else ()
        slope = float(np.mean(slopes[c])) if slopes[c] else None
        sides[c] = Side(shift=shift, seeds=every, slope=slope, slopes=tuple(slopes[c]))
    shift = CaseShift(
        case_id=mine.case.id,
        comparison=comparison.key,
        sides=sides,
        refusal=_refusal(mine),
        opposed=None,
        pareto=_pareto(mean),
        prompts=len(mine.prompts),
        before=sum(len(mine.before[p]) for p in mine.prompts),
        after=sum(len(a[p]) for a in mine.after for p in mine.prompts),
    )
    return _Case(shift, opposed(table, towards, scale, draws))


def case_shifts(
    found: Library, comparison: Comparison, scale: np.ndarray, logliks: LogLiks, draws: int = _DRAWS
) -> list[CaseShift]:
    """What a tuning did in every case that has checks and answers of both models; q and verdicts over these cases."""
    every = [material(found, c, comparison) for c in found.cases if c.checks]
    cases = [_case(m, comparison, scale, logliks, draws) for m in every if m.prompts]
    told = [c.opposed for c in cases if c.opposed]
    judged = iter(zip(false_discovery_rates(told), verdicts(told), strict=True))
    out = []
    for case in cases:
        opposition = None
        if case.opposed:
            rate, verdict = next(judged)
            opposition = Opposition(**case.opposed._asdict(), q=rate, verdict=verdict)
        out.append(case.shift.model_copy(update={"opposed": opposition}))
    return out


def slope_changes(cases: Sequence[CaseStudy], comparison: Comparison, logliks: LogLiks) -> list[Change]:
    """Which replies a tuning made likelier, over the library; none where likelihoods of any case are missing.

    Of several seeds those count that have them all, by their mean.
    """
    before, *after = (logliks.get(m, {}) for m in (comparison.before, *comparison.after))
    whole = [rows for rows in after if all(_complete(c, rows) for c in cases)]
    if not whole or not all(_complete(c, before) for c in cases):
        return []
    rated = [r for case in cases for r in _rated_shifts(case, before, whole)]
    measured = sum(bool(c.replies) for c in cases)
    return [
        Change(measure=SLOPES[criterion].key, comparison=comparison.key, mean=slope, cases=measured)
        for criterion, slope in joint_slopes(rated).items()
    ]


def _complete(case: CaseStudy, rows: Mapping[str, Sequence[ReplyLogLikelihood]]) -> bool:
    return all(held_logliks(case, p, rows.get(case.id, ())).complete for p in case.prompts)


def _rated_shifts(
    case: CaseStudy,
    before: Mapping[str, Sequence[ReplyLogLikelihood]],
    after: Sequence[Mapping[str, Sequence[ReplyLogLikelihood]]],
) -> Iterator[RatedShift]:
    for prompt in (p for p in case.prompts if case.replies_to(p)):
        seeds = [reply_shifts(case, prompt.id, before[case.id], rows[case.id]) for rows in after]
        for reply, each in zip(case.replies_to(prompt), zip(*seeds, strict=True), strict=True):
            ratings = tuple(reply.ratings[c] for c in CRITERIA)
            yield RatedShift(case.id, prompt.id, float(np.mean([s.value for s in each])), ratings)
