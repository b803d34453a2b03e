"""Candidate replies that a visitor wrote: which one a model would rather give, and what tuning changed.

The formulas are those of the reference replies (lib/measures/likelihood.py), with one wording a reply.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lib.domain import LogLik


class Leaning(NamedTuple):
    """How much likelier a prompt makes a reply, in nats per 100 characters, with the range over the neutral stems."""

    value: float
    low: float
    high: float


def leanings(values: Sequence[LogLik], replies: int) -> list[Leaning]:
    """PMI(r) = 100 [log p(r | prompt) - mean over stems of log p(r | stem)] / characters(r), one Leaning a reply.

    `values`: of one model, all replies after the prompt, then after each stem.
    """
    grid = _grid(values, replies)
    pmi = grid[:1] - grid[1:]
    return [Leaning(float(p.mean()), float(p.min()), float(p.max())) for p in pmi.T]


def changes(base: Sequence[LogLik], tuned: Sequence[LogLik], replies: int) -> list[float]:
    """d(r) = 100 [log p_tuned(r | prompt) - log p_base(r | prompt)] / characters(r), in nats per 100 characters."""
    return [float(d) for d in _grid(tuned, replies)[0] - _grid(base, replies)[0]]


def favourite(found: Sequence[Leaning]) -> int | None:
    """The place of the reply that the prompt makes likelier most; None where the ranges of the first two overlap."""
    order = sorted(range(len(found)), key=lambda i: -found[i].value)
    if len(order) > 1 and found[order[0]].low <= found[order[1]].high:
        return None
    return order[0] if order else None


def _grid(values: Sequence[LogLik], replies: int) -> np.ndarray:
    """Nats per 100 characters; shape (contexts, replies)."""
    return np.array([100 * v.logprob / v.characters for v in values]).reshape(-1, replies)
