"""Lengths of preference pairs, in tokens of the model that is tuned."""

from collections.abc import Callable, Sequence
from statistics import mean
from typing import NamedTuple

from lib.formats.sets import JudgedPair
from lib.inference.engine import Engine


class Lengths(NamedTuple):
    """Mean lengths in tokens; `chosen_longer`: the share of pairs whose chosen reply is longer, ties counting half."""

    rows: int
    prompt: float
    chosen: float
    rejected: float
    chosen_longer: float


class Measured(NamedTuple):
    """Token counts by one engine's tokenizer, in its template."""

    engine: Engine

    def prompt(self, pair: JudgedPair) -> int:
        return self.engine.count_tokens(self.engine.render(pair.better.messages))

    def reply(self, text: str) -> int:
        return self.engine.count_tokens(self.engine.template.joint + text)

    def whole(self, pair: JudgedPair) -> int:
        """Tokens of the prompt, of the longer reply and of its end."""
        return self.prompt(pair) + max(self.reply(pair.better.text), self.reply(pair.worse.text)) + 1

    def ratio(self, pair: JudgedPair) -> float:
        """Tokens of the longer reply for each of the shorter one; the end of a reply is a token too."""
        a, b = self.reply(pair.better.text) + 1, self.reply(pair.worse.text) + 1
        return max(a, b) / min(a, b)


def lengths(pairs: Sequence[JudgedPair], count: Callable[[str], int], prompt: Callable[[JudgedPair], int]) -> Lengths:
    """Means over the pairs. `count`: tokens of a reply; `prompt`: tokens of a pair's prompt."""
    chosen, rejected = [count(p.better.text) for p in pairs], [count(p.worse.text) for p in pairs]
    longer = mean((a > b) + 0.5 * (a == b) for a, b in zip(chosen, rejected, strict=True))
    return Lengths(len(pairs), mean(map(prompt, pairs)), mean(chosen), mean(rejected), longer)
