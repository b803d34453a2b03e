"""Split of preference pairs into training and held-out prompts, and draws from them, by hash of the prompt."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from lib.domain import CRITERIA, Criterion, TrilemmaError
from lib.formats.sets import JudgedPair, share

TRAIN_SHARE = 0.7


class Split(NamedTuple):
    """Pairs of one criterion on the two sides of the split; no prompt is on both."""

    train: list[JudgedPair]
    held_out: list[JudgedPair]


def held_out(group: str) -> bool:
    """Whether a prompt is kept for the evaluation, by a hash of its name."""
    return share(group, "tuning") >= TRAIN_SHARE


def split(pairs: Iterable[JudgedPair], tokens: Callable[[JudgedPair], int], most: int) -> Split:
    """Both sides of the split, without pairs of more than `most` tokens (prompt and longer reply)."""
    out = Split([], [])
    for pair in pairs:
        if tokens(pair) <= most:
            (out.held_out if held_out(pair.group) else out.train).append(pair)
    return out


def both_written(pairs: Iterable[JudgedPair]) -> list[JudgedPair]:
    """The pairs without an empty reply, which has no likelihood."""
    return [p for p in pairs if p.better.text.strip() and p.worse.text.strip()]


def plain(text: str) -> str:
    """A reply without its case, its last full stop and blanks around it: what two of them are compared by."""
    return text.strip().rstrip(".").casefold()


def opening(text: str) -> str:
    """The first three words of a reply, without case and punctuation: what the beginnings of two are compared by."""
    return " ".join(re.findall(r"\w+", text.casefold())[:3])


def without_boilerplate(pairs: Sequence[JudgedPair], most: int, part: Callable[[str], str] = plain) -> list[JudgedPair]:
    """The pairs whose chosen reply, or the `part` that is compared, stands under at most `most` prompts."""
    prompts = prompts_by_reply(pairs, part)
    return [pair for pair in pairs if len(prompts[part(pair.better.text)]) <= most]


def prompts_by_reply(pairs: Iterable[JudgedPair], part: Callable[[str], str] = plain) -> dict[str, set[str]]:
    """Each chosen reply, by the `part` that is compared, with the prompts under which it stands."""
    prompts: dict[str, set[str]] = {}
    for pair in pairs:
        prompts.setdefault(part(pair.better.text), set()).add(pair.group)
    return prompts


def drawn(pairs: Sequence[JudgedPair], rows: int, draw: int = 0) -> list[JudgedPair]:
    """`rows` pairs in an order fixed by hashes: one pair of each prompt first, then a second of each, and so on.

    `draw`: another number, another order. Raises TrilemmaError where there are fewer pairs.
    """
    salt = f"draw/{draw}" if draw else "draw"
    by_group: dict[str, list[JudgedPair]] = {}
    for pair in pairs:
        by_group.setdefault(pair.group, []).append(pair)
    ranked = sorted(
        ((k, share(f"{group}/{k}", salt), pair) for group, held in by_group.items() for k, pair in enumerate(held)),
        key=lambda r: r[:2],
    )
    if len(ranked) < rows:
        raise TrilemmaError(f"{rows} pairs are wanted, and only {len(ranked)} are short enough for this recipe.")
    return [pair for _, _, pair in ranked[:rows]]


def mixture(parts: Mapping[Criterion, Sequence[JudgedPair]], rows: int, draw: int = 0) -> list[JudgedPair]:
    """`rows` pairs, in equal parts of each criterion, in an order fixed by hashes.

    Where the parts cannot be equal, the first criteria have one row more. Raises TrilemmaError as `drawn` does.
    """
    names = [c for c in CRITERIA if c in parts]
    shares = [rows // len(names) + (k < rows % len(names)) for k in range(len(names))]
    chosen = [pair for name, n in zip(names, shares, strict=True) for pair in drawn(parts[name], n, draw)]
    return sorted(chosen, key=lambda p: share(p.group + p.better.text, "order"))
