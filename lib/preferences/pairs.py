"""Preference pairs of each criterion from the public sets, with the names, labellers and licences of these sets."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from lib.domain import Criterion, Exchange
from lib.formats import sets
from lib.formats.sets import JudgedPair, JudgedReply

SET_NAMES: dict[Criterion, str] = {"helpful": "PandaLM", "harmless": "HH-RLHF harmless", "honest": "TruthfulQA"}
LABELS: dict[Criterion, str] = {
    "helpful": "three people a pair; kept where at least two agree",
    "harmless": "one crowdworker a pair",
    "honest": "the set's authors: a true answer beside an untrue one",
}
LICENCES: dict[Criterion, str] = {"helpful": "Apache-2.0", "harmless": "MIT", "honest": "Apache-2.0"}


def read_pairs(folder: Path, criterion: Criterion) -> list[JudgedPair]:
    """All pairs of a criterion. Raises TrilemmaError where the set is missing, and says where it can be had."""
    if criterion == "helpful":
        return sets.helpful_pairs(folder)
    if criterion == "harmless":
        return sets.harmless_pairs(folder)
    return truth_pairs_by_rank(sets.truthful_replies(folder))


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
