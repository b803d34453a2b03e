"""Shifts of a tuning on the criteria of a case, by what its checks say, and whether two of them oppose.

A shift is about the prompts that a case has: its draws are over the answers that the models would give to these, and
over the seeds of the training where there are several.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.stats import false_discovery_control

from lib.domain import CRITERIA, Criterion

Verdict = Literal["supported", "possible", "not shown"]
LEAST = 0.1  # of a shift that counts as one, in standard deviations
SURE, LIKELY, FALSE_DISCOVERIES = 0.95, 0.8, 0.1
Signs = Mapping[Criterion, np.ndarray]  # for each check 1 (yes speaks for the criterion), -1 (against) or 0


class Sheet(NamedTuple):
    """What the checks of one prompt say of the answers before and after tuning: 1 yes, 0 no, nan can't tell.

    Arrays of shape (answers, checks); of `after` one for each seed of the training, the same number at every prompt.
    """

    before: np.ndarray
    after: tuple[np.ndarray, ...]


class Opposed(NamedTuple):
    """Two criteria of a case that moved apart, or might have: which rose, which fell, how far and how surely.

    `index`: sqrt(-z_up z_down), 0 where they didn't; `sure`: the share of draws in which one rose and the other fell by
    more than LEAST; `p`: the share of relabelled answers that oppose as much.
    """

    up: Criterion
    down: Criterion
    index: float
    sure: float
    p: float


def _mean_over_checks(differences: np.ndarray, signs: Signs) -> np.ndarray:
    """Signed differences (…, checks) averaged over each criterion's checks that could be told: (…, criteria)."""
    out = np.full((*differences.shape[:-1], len(CRITERIA)), np.nan)
    for j, criterion in enumerate(CRITERIA):
        mine = np.flatnonzero(signs[criterion] * np.isfinite(differences.reshape(-1, differences.shape[-1])[0]))
        if len(mine):
            out[..., j] = (differences[..., mine] * signs[criterion][mine]).mean(-1)
    return out


def _over_prompts(values: Sequence[np.ndarray]) -> np.ndarray:
    """The mean over the prompts that have a value, nan where none has; values: (…, criteria) each."""
    stacked = np.stack(values)
    held = np.isfinite(stacked).sum(0)
    return np.where(held, np.nansum(stacked, axis=0) / np.maximum(held, 1), np.nan)


def _share(said: np.ndarray) -> np.ndarray:
    """The share of yes among the answers that could be told; (..., answers, checks) -> (..., checks)."""
    told = np.isfinite(said).sum(-2)
    return np.where(told, np.nansum(said, axis=-2) / np.maximum(told, 1), np.nan)


def seed_shifts(sheets: Sequence[Sheet], signs: Signs) -> np.ndarray:
    """Share of yes after minus before, towards each criterion, mean over checks, then prompts; (seeds, criteria)."""
    return _over_prompts(
        [_mean_over_checks(np.stack([_share(a) for a in s.after]) - _share(s.before), signs) for s in sheets]
    )


def shifts(sheets: Sequence[Sheet], signs: Signs) -> np.ndarray:
    """The mean of `seed_shifts` over the seeds; (criteria,)."""
    return seed_shifts(sheets, signs).mean(0)


def picked_seeds(seeds: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Which seeds each draw takes, with replacement; (count, seeds). One seed says nothing of how seeds differ."""
    return rng.integers(0, seeds, size=(count, seeds))


def _share_draws(said: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of the share of yes that a model's answers to a prompt would have; (count, checks).

    Bayesian bootstrap over the answers (Rubin 1981, Annals of Statistics 9(1)), one weight an answer for all of its
    checks, with half a yes and half a no added to each check (Jeffreys): of five answers that agree the plain bootstrap
    would make a certainty.
    """
    told = np.isfinite(said)
    weights = rng.exponential(size=(count, len(said)))
    added = rng.gamma(0.5, size=(2, count, said.shape[1]))
    yes, total = weights @ np.nan_to_num(said) + added[0], weights @ told + added.sum(0)
    return np.where(told.any(0), yes / total, np.nan)


def shift_draws(sheets: Sequence[Sheet], signs: Signs, picked: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draws of the shifts, shape (count, criteria); `picked`: see `picked_seeds`, the same for cases drawn together."""
    count = len(picked)

    def of_prompt(sheet: Sheet) -> np.ndarray:
        after = np.stack([_share_draws(a, count, rng) for a in sheet.after])
        chosen = after[picked.T, np.arange(count)].mean(0)
        return _mean_over_checks(chosen - _share_draws(sheet.before, count, rng), signs)

    return _over_prompts([of_prompt(s) for s in sheets])


def relabelled_shifts(sheets: Sequence[Sheet], signs: Signs, count: int, rng: np.random.Generator) -> np.ndarray:
    """Shifts when the same answers are dealt to the models anew at each prompt; (count, criteria).

    What one model against itself would look like: a permutation of labels within prompts.
    """

    def of_prompt(sheet: Sheet) -> np.ndarray:
        together = np.concatenate([sheet.before, *sheet.after])
        dealt = together[rng.random((count, len(together))).argsort(axis=1)]  # (count, answers, checks)
        first, *rest = np.split(dealt, np.cumsum([len(sheet.before), *map(len, sheet.after)])[:-1], axis=1)
        after = np.stack([_share(r) for r in rest]).mean(0)
        return np.stack([_mean_over_checks(d, signs) for d in after - _share(first)])

    return _over_prompts([of_prompt(s) for s in sheets])


def index(shift: np.ndarray, scale: np.ndarray) -> tuple[float, int, int]:
    """Opposed-Shift Index: the largest sqrt(-z_i z_j) over pairs of criteria, and which rose and which fell.

    `scale`: what a shift of one is on each criterion, the standard deviation of a base model's answers; (criteria,).
    """
    z = shift / scale
    pairs = [(i, j) for i, j in itertools.permutations(range(len(z)), 2) if np.isfinite(z[i]) and np.isfinite(z[j])]
    if not pairs:
        return 0.0, 0, 1
    up, down = max(pairs, key=lambda p: -z[p[0]] * z[p[1]] if z[p[0]] > z[p[1]] else -np.inf)
    return float(np.sqrt(max(0.0, -z[up] * z[down]))), up, down


def opposed(
    sheets: Sequence[Sheet], signs: Signs, scale: np.ndarray, count: int = 1000, seed: int = 20240618
) -> Opposed | None:
    """Whether two criteria of a case moved apart under a tuning; None where fewer than two can be told.

    `p` from `count` relabellings: a permutation test of the index under no difference at all.
    """
    rng = np.random.default_rng(seed)
    found = shifts(sheets, signs)
    if np.isfinite(found).sum() < 2:
        return None
    value, up, down = index(found, scale)
    z = shift_draws(sheets, signs, picked_seeds(len(sheets[0].after), count, rng), rng) / scale
    sure = float(((z[:, up] > LEAST) & (z[:, down] < -LEAST)).mean())
    null = np.array([index(s, scale)[0] for s in relabelled_shifts(sheets, signs, count, rng)])
    p = float((1 + (null >= value - 1e-12).sum()) / (1 + count))
    return Opposed(CRITERIA[up], CRITERIA[down], value, sure, p)


def false_discovery_rates(found: Sequence[Opposed]) -> list[float]:
    """q of each: Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57(1)."""
    return [float(q) for q in false_discovery_control([o.p for o in found])] if found else []


def verdicts(found: Sequence[Opposed]) -> list[Verdict]:
    """Supported: surely, beyond 95 % of relabellings and within the false discovery rate over all of `found`."""
    out: list[Verdict] = []
    for o, rate in zip(found, false_discovery_rates(found), strict=True):
        if o.index > 0 and o.sure >= SURE and o.p <= 1 - SURE and rate <= FALSE_DISCOVERIES:
            out.append("supported")
        else:
            out.append("possible" if o.index > 0 and o.sure >= LIKELY else "not shown")
    return out
