"""Preference data for tuning: public sets -> pairs for each criterion, split by prompt, cut to a number of tokens, drawn by name and not by chance."""

from pathlib import Path

from lib.domain import Criterion
from lib.formats import sets as public_sets
from lib.formats.sets import JudgedPair

SOURCES: dict[Criterion, str] = {"helpful": "PandaLM", "harmless": "HH-RLHF harmless", "honest": "TruthfulQA"}
LABELS: dict[Criterion, str] = {
    "helpful": "three people a pair; kept where at least two agree",
    "harmless": "one crowdworker a pair",
    "honest": "the set's authors: a true answer beside an untrue one",
}
LICENCES: dict[Criterion, str] = {"helpful": "Apache-2.0", "harmless": "MIT", "honest": "Apache-2.0"}


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
