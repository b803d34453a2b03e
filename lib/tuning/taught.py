"""How far a tuning's chosen replies are the same few, and how many of its answers are one of them: counts alone."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lib.formats.sets import JudgedPair
from lib.preferences.split import plain, prompts_by_reply
from lib.tuning.findings import Greedy, Repeats

MANY = 5  # prompts: a chosen reply that stands under more of them is boilerplate


def repeats(pairs: Sequence[JudgedPair]) -> Repeats:
    """How many distinct chosen replies stand under more than MANY prompts, and how many of the pairs these make."""
    prompts = prompts_by_reply(pairs)
    many = {reply for reply, under in prompts.items() if len(under) > MANY}
    return Repeats(
        pairs=len(pairs),
        prompts=len({p.group for p in pairs}),
        replies=len(many),
        repeated=sum(plain(p.better.text) in many for p in pairs),
        most=max(map(len, prompts.values()), default=0),
    )


class Said(NamedTuple):
    """How many of a model's answers are a sentence and nothing else, and in how many the sentence occurs."""

    answers: int
    alone: int
    within: int


def said(sentence: str, greedy: Iterable[Greedy]) -> dict[str, Said]:
    """By model, whatever case and last full stop."""
    texts: dict[str, list[str]] = {}
    for answer in greedy:
        texts.setdefault(answer.model, []).append(plain(answer.text))
    wanted = plain(sentence)
    return {
        model: Said(len(told), told.count(wanted), sum(wanted in text for text in told))
        for model, told in texts.items()
    }
