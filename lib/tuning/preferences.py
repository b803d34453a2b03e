"""Preference data for tuning: public sets -> pairs for each criterion, split by prompt, cut to a number of tokens, drawn by name and not by chance."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from lib.domain import CRITERIA, Criterion, TrilemmaError
from lib.formats import sets as public_sets
from lib.formats.sets import JudgedPair, share
from lib.inference.engine import Engine

TRAIN_SHARE = 0.7
SOURCES: dict[Criterion, str] = {"helpful": "PandaLM", "harmless": "HH-RLHF harmless", "honest": "TruthfulQA"}
LABELS: dict[Criterion, str] = {
    "helpful": "three people a pair; kept where at least two agree",
    "harmless": "one crowdworker a pair",
    "honest": "the set's authors: a true answer beside an untrue one",
}
LICENCES: dict[Criterion, str] = {"helpful": "Apache-2.0", "harmless": "MIT", "honest": "Apache-2.0"}


class Split(NamedTuple):
    """Pairs of one criterion. No prompt is on both sides."""

    train: list[JudgedPair]
    held_out: list[JudgedPair]


class Lengths(NamedTuple):
    """Means, in tokens; `chosen_longer` is the share of pairs whose chosen reply is the longer one (ties count half)."""

    rows: int
    prompt: float
    chosen: float
    rejected: float
    chosen_longer: float


class Measured(NamedTuple):
    """Lengths of a pair in tokens of one engine's tokenizer and template."""

    engine: Engine

    def prompt(self, pair: JudgedPair) -> int:
        return self.engine.count_tokens(self.engine.render(pair.better.messages))

    def reply(self, text: str) -> int:
        return self.engine.count_tokens(self.engine.template.joint + text)

    def whole(self, pair: JudgedPair) -> int:
        """Prompt, longer reply and the token that ends it."""
        return self.prompt(pair) + max(self.reply(pair.better.text), self.reply(pair.worse.text)) + 1


def held_out(group: str) -> bool:
    """Whether a prompt is kept for the evaluation, by its name alone."""
    return share(group, "tuning") >= TRAIN_SHARE


def read_pairs(folder: Path, criterion: Criterion) -> list[JudgedPair]:
    """All pairs of a criterion. Raises TrilemmaError where the set is missing, and says where it can be had."""
    if criterion == "helpful":
        return public_sets.helpful_pairs(folder)
    if criterion == "harmless":
        return public_sets.harmless_pairs(folder)
    return truth_pairs(folder)


def truth_pairs(folder: Path) -> list[JudgedPair]:
    """TruthfulQA: for each question its k-th true beside its k-th untrue answer, as far as both go."""
    sides: dict[str, tuple[list, list]] = {}
    for reply in public_sets.truthful_replies(folder):
        sides.setdefault(reply.group, ([], []))[reply.label].append(reply.exchange)
    return [
        JudgedPair(group, good, bad)
        for group, (bads, goods) in sides.items()
        for good, bad in zip(goods, bads, strict=False)
    ]


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


def lengths(pairs: Sequence[JudgedPair], count: Callable[[str], int], prompt: Callable[[JudgedPair], int]) -> Lengths:
    chosen, rejected = [count(p.better.text) for p in pairs], [count(p.worse.text) for p in pairs]
    longer = mean((a > b) + 0.5 * (a == b) for a, b in zip(chosen, rejected, strict=True))
    return Lengths(len(pairs), mean(map(prompt, pairs)), mean(chosen), mean(rejected), longer)
