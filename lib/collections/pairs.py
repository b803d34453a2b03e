"""Which models of a collection may be a base and what was tuned from it: guesses from their names, for the user."""

import itertools
import re
from collections.abc import Sequence

from lib.collections.records import CollectedModel, Pairing

# Words that a tuned model's name has beyond its base's, the later stage further on.
_STAGES = (
    ("base", "pt", "pretrained", "foundation"),
    ("sft",),
    ("instruct", "it", "chat", "dpo", "rlhf", "ppo", "orpo", "kto", "grpo", "rlaif", "simpo", "aligned", "tuned"),
)
_STAGE = {word: stage for stage, words in enumerate(_STAGES) for word in words}


def _parts(label: str) -> list[str]:
    return [p for p in re.split(r"[^a-z0-9.]+", label.lower()) if p]


def _stem(label: str) -> tuple[str, ...]:
    return tuple(p for p in _parts(label) if p not in _STAGE)


def _stage(label: str) -> int:
    return max((_STAGE[p] for p in _parts(label) if p in _STAGE), default=0)


def guessed(models: Sequence[CollectedModel]) -> tuple[Pairing, ...]:
    """Pairs of models of one stem whose stages differ: each tuned one with every earlier one."""
    out = []
    for a, b in itertools.permutations(models, 2):
        if _stem(a.label) == _stem(b.label) and _stage(a.label) < _stage(b.label):
            out.append(Pairing(base=a.id, tuned=b.id))
    return tuple(out)
