"""Made-up cases with known shifts: how often intervals hold them, and how often a verdict is right."""

from typing import NamedTuple

import numpy as np

from lib.measures.shifts import Opposed, Sheet, Signs, opposed, picked_seeds, shift_draws, verdicts

SIGNS: Signs = {"helpful": np.array([1, 0]), "harmless": np.zeros(2), "honest": np.array([0, 1])}
SCALE = np.full(3, 0.25)  # about that of the stored answers


class MadeUp(NamedTuple):
    """A case of two to four prompts with a helpful and an honest check, and its true shifts on these two."""

    sheets: list[Sheet]
    true: np.ndarray


def made_up(rng: np.random.Generator, answers: int, moved: tuple[float, float], seeds: int = 1) -> MadeUp:
    """Shares of yes before are drawn from Beta(.6, .6), mostly near 0 or 1 as stored ones are; `moved` is added."""
    sheets, true = [], []
    for _ in range(rng.integers(2, 5)):
        before = rng.beta(0.6, 0.6, size=2)
        after = np.clip(before + np.array(moved), 0, 1)
        said = [(rng.random((answers, 2)) < share).astype(float) for share in (before, *[after] * seeds)]
        sheets.append(Sheet(said[0], tuple(said[1:])))
        true.append(after - before)
    return MadeUp(sheets, np.mean(true, axis=0))


def coverage(answers: int, moved: tuple[float, float], cases: int, draws: int = 400, seed: int = 5) -> float:
    """The share of 95 % intervals that hold the true shift."""
    rng, held = np.random.default_rng(seed), []
    for _ in range(cases):
        sheets, true = made_up(rng, answers, moved)
        drawn = shift_draws(sheets, SIGNS, picked_seeds(1, draws, rng), rng)
        low, high = np.quantile(drawn[:, [0, 2]], (0.025, 0.975), axis=0)
        held += list((low <= true) & (true <= high))
    return float(np.mean(held))


def supported(answers: int, moved: tuple[float, float], cases: int, draws: int = 200, seed: int = 7) -> float:
    """The share of cases that come out supported, as a library of nothing but such cases."""
    rng = np.random.default_rng(seed)
    found = [opposed(made_up(rng, answers, moved).sheets, SIGNS, SCALE, draws, k) for k in range(cases)]
    return _share_supported([o for o in found if o])


def _share_supported(found: list[Opposed]) -> float:
    return verdicts(found).count("supported") / len(found)
