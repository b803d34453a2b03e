"""Which preference pairs are trained on and which are held out: split by prompt, drawn by name and not by chance."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from lib.domain import CRITERIA, Criterion, TrilemmaError
from lib.formats.sets import JudgedPair, share

TRAIN_SHARE = 0.7


class Split(NamedTuple):
    """Pairs of one criterion. No prompt is on both sides."""

    train: list[JudgedPair]
    held_out: list[JudgedPair]


def held_out(group: str) -> bool:
    """Whether a prompt is kept for the evaluation, by its name alone."""
    return share(group, "tuning") >= TRAIN_SHARE


def split(pairs: Iterable[JudgedPair], tokens: Callable[[JudgedPair], int], most: int) -> Split:
    """Train and held-out pairs of at most `most` tokens (prompt and longer reply)."""
    out = Split([], [])
    for pair in pairs:
        if tokens(pair) <= most:
            (out.held_out if held_out(pair.group) else out.train).append(pair)
    return out


def drawn(pairs: Sequence[JudgedPair], rows: int) -> list[JudgedPair]:
    """`rows` pairs: as many prompts as there are, first one pair of each, then a second, in an order fixed by their names."""
    by_group: dict[str, list[JudgedPair]] = {}
    for pair in pairs:
        by_group.setdefault(pair.group, []).append(pair)
    ranked = sorted(
        ((k, share(f"{group}/{k}", "draw"), pair) for group, held in by_group.items() for k, pair in enumerate(held)),
        key=lambda r: r[:2],
    )
    if len(ranked) < rows:
        raise TrilemmaError(f"{rows} pairs are wanted, and only {len(ranked)} are short enough for this recipe.")
    return [pair for _, _, pair in ranked[:rows]]


def mixture(parts: Mapping[Criterion, Sequence[JudgedPair]], rows: int) -> list[JudgedPair]:
    """Equal parts of each criterion's pairs (the first ones a row more where it does not come out even), in an order fixed by their names."""
    names = [c for c in CRITERIA if c in parts]
    shares = [rows // len(names) + (k < rows % len(names)) for k in range(len(names))]
    chosen = [pair for name, n in zip(names, shares, strict=True) for pair in drawn(parts[name], n)]
    return sorted(chosen, key=lambda p: share(p.group + p.better.text, "order"))
