"""Preference pairs of each criterion from the public sets, with the names, labellers and licences of these sets."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lib.domain import Criterion, Exchange, TrilemmaError
from lib.formats import sets
from lib.formats.sets import JudgedPair, JudgedReply


class PublicSet(NamedTuple):
    """A public set that a criterion's pairs come from. Nothing of it is in this project."""

    labels: str  # who labelled it, and how
    licence: str
    read: Callable[[Path], list[JudgedPair]]


def _llmbar(folder: Path) -> list[JudgedPair]:
    return [pair for subset in sets.LLMBAR_SUBSETS for pair in sets.instruction_pairs(folder, subset)]


def _truthfulqa(folder: Path) -> list[JudgedPair]:
    return truth_pairs_by_rank(sets.truthful_replies(folder))


PUBLIC_SETS = {
    "PandaLM": PublicSet("three people a pair; kept where at least two agree", "Apache-2.0", sets.helpful_pairs),
    "LLMBar": PublicSet("experts; 94 % agreement", "MIT", _llmbar),
    "HH-RLHF harmless": PublicSet("one crowdworker a pair", "MIT", sets.harmless_pairs),
    "TruthfulQA": PublicSet("the set's authors: a true answer beside an untrue one", "Apache-2.0", _truthfulqa),
}
USUAL: dict[Criterion, tuple[str, ...]] = {
    "helpful": ("PandaLM",),
    "harmless": ("HH-RLHF harmless",),
    "honest": ("TruthfulQA",),
}


def sets_of(criterion: Criterion, other: Mapping[Criterion, Sequence[str]]) -> Sequence[str]:
    """The names of a criterion's sets: those of `other`, or the usual one. Raises TrilemmaError for an unknown name."""
    names = other.get(criterion, USUAL[criterion])
    if unknown := [n for n in names if n not in PUBLIC_SETS]:
        raise TrilemmaError(f"Unknown set {unknown[0]!r}. Known: {', '.join(PUBLIC_SETS)}")
    return names


def read_pairs(
    folder: Path, criterion: Criterion, other: Mapping[Criterion, Sequence[str]] = USUAL
) -> list[JudgedPair]:
    """All pairs of a criterion's sets. Raises TrilemmaError where one is missing, and says where it can be had."""
    return [pair for name in sets_of(criterion, other) for pair in PUBLIC_SETS[name].read(folder)]


def truth_pairs_by_rank(replies: Iterable[JudgedReply]) -> list[JudgedPair]:
    """TruthfulQA for tuning: each question's k-th true beside its k-th untrue answer, each answer used at most once."""
    return [
        JudgedPair(group, true, untrue)
        for group, trues, untrues in _by_question(replies)
        for true, untrue in zip(trues, untrues, strict=False)
    ]


def truth_pairs_in_turn(replies: Iterable[JudgedReply], most: int = 4) -> list[JudgedPair]:
    """TruthfulQA for heads: each question's first `most` true answers, the untrue ones taken in turn and used again."""
    return [
        JudgedPair(group, true, untrues[k % len(untrues)])
        for group, trues, untrues in _by_question(replies)
        if untrues
        for k, true in enumerate(trues[:most])
    ]


def _by_question(replies: Iterable[JudgedReply]) -> Iterator[tuple[str, list[Exchange], list[Exchange]]]:
    """(group, true answers, untrue answers) of each question."""
    answers: dict[str, tuple[list[Exchange], list[Exchange]]] = {}
    for reply in replies:
        answers.setdefault(reply.group, ([], []))[0 if reply.label else 1].append(reply.exchange)
    for group, (trues, untrues) in answers.items():
        yield group, trues, untrues
