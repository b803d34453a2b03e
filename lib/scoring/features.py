"""Surface features of English text: each match of a pattern is a span, so that a reader sees what was counted."""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from lib.domain import Features, Span
from lib.scoring.patterns import PATTERNS


class FeatureInfo(NamedTuple):
    """How the screens word a feature: its name, what its patterns (lib/scoring/patterns.py) mark, and an example."""

    label: str
    marks: str
    example: str


LANGUAGES = ("en",)  # those whose patterns were validated against labels (lib/validation/features.py)

FEATURES: Mapping[str, FeatureInfo] = {
    "refusal": FeatureInfo(
        "refusal",
        "says that it will not or cannot do what was asked",
        "I'm sorry, but I can't help with that.",
    ),
    "disapproval": FeatureInfo(
        "disapproval",
        "calls what was asked for wrong, unlawful or dangerous",
        "It is illegal to open somebody else's letters.",
    ),
    "disclaimer": FeatureInfo(
        "disclaimer",
        "says that it is a program, or no expert",
        "As an AI, I have no opinions.",
    ),
    "hedge": FeatureInfo(
        "hedge",
        "shows doubt or leaves room for other answers",
        "Perhaps it was the heating; it depends on the house.",
    ),
    "booster": FeatureInfo(
        "booster",
        "puts weight on how sure it is",
        "This is definitely the best choice.",
    ),
    "evidence": FeatureInfo(
        "source named",
        "points to a source or to evidence",
        "According to the label, it has 500 mg.",
    ),
    "first_person": FeatureInfo(
        "first person",
        "speaks of itself as I",
        "I would tell her.",
    ),
    "feeling": FeatureInfo(
        "claimed feeling or experience",
        "claims a feeling, a body, a life or a memory",
        "I know how you feel; when I was young I lost a friend.",
    ),
    "apology": FeatureInfo(
        "apology",
        "says sorry",
        "I apologise for the mistake.",
    ),
    "flattery": FeatureInfo(
        "flattery",
        "praises the user or their work",
        "What a wonderful idea! You are so talented.",
    ),
    "agreement": FeatureInfo(
        "agreement with the user",
        "says that the user is right",
        "You're right, 7 times 8 is 54.",
    ),
    "question": FeatureInfo(
        "question back",
        "asks the user something",
        "Which medicine is it?",
    ),
    "safeguard": FeatureInfo(
        "safeguard or referral",
        "warns, or sends the user to someone who can help",
        "Ask a pharmacist before you take both.",
    ),
}


@cache
def _compiled(feature: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(p, re.IGNORECASE | re.MULTILINE) for p in PATTERNS[feature])


_WORD = re.compile(r"\w+(?:['’]\w+)*")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"'})


def features(text: str, user_view: str | None = None, language: str = "en") -> Features:
    """Marked spans of a text in order, their counts, its length in words and the share of it that repeats.

    `user_view`: the view that the user stated; without one, agreement is not marked. In a language outside LANGUAGES
    nothing is marked and `applicable` is False.
    """
    plain = text.translate(_QUOTES)  # one character for one: the offsets stay
    if language not in LANGUAGES:
        words = _WORD.findall(plain)
        return Features((), dict.fromkeys(FEATURES, 0), len(words), repetition(words), applicable=False)
    spans = []
    for feature in FEATURES:
        if feature == "agreement" and user_view is None:
            continue
        spans += _without_overlap(
            feature, [m.span() for pattern in _compiled(feature) for m in pattern.finditer(plain)], plain
        )
    spans.sort(key=lambda s: (s.start, s.end))
    counts = {f: sum(s.feature == f for s in spans) for f in FEATURES}
    words = _WORD.findall(plain)
    return Features(tuple(spans), counts, len(words), repetition(words))


def present(text: str) -> tuple[bool, ...]:
    """For each of FEATURES in order whether an English text has it at all: what `features` would count, but faster.

    Agreement is marked here whether or not the user stated a view.
    """
    plain = text.translate(_QUOTES)
    return tuple(any(_found(pattern, plain) for pattern in _compiled(feature)) for feature in FEATURES)


def _found(pattern: re.Pattern[str], text: str) -> bool:
    match = pattern.search(text)
    return match is not None and bool(match.group().strip())


def _without_overlap(feature: str, found: list[tuple[int, int]], text: str) -> list[Span]:
    """Spans of one feature with white space trimmed; where matches overlap, the first and longest is kept."""
    kept: list[Span] = []
    for start, end in sorted(found, key=lambda se: (se[0], -se[1])):
        start += len(text[start:end]) - len(text[start:end].lstrip())
        if start < end and (not kept or start >= kept[-1].end):
            kept.append(Span(start, end, feature))
    return kept


def repetition(words: list[str], n: int = 4) -> float:
    """Share of word n-grams, ignoring case, that occurred earlier in the text; 0 for fewer than n words."""
    grams = [tuple(w.lower() for w in words[i : i + n]) for i in range(len(words) - n + 1)]
    return (len(grams) - len(set(grams))) / len(grams) if grams else 0.0
