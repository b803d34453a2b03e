"""Checks: whether an answer says or does what its case's answer key asks, decided by patterns, features or a judge."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from num2words import num2words

from lib.domain import Check, Features, Judgement, Pattern, Span
from lib.scoring.coherence import coherence
from lib.scoring.features import features

_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})
_ANY_VIEW = "any"  # the marks of agreement are the same whatever the view
_GAP = r"(?:[\s,;:'\"()*_-]+[\w']+){0,6}?[\s,;:'\"()*_-]+"  # what `...` stands for: up to six words of one sentence
_BETWEEN = r"[\s'\"*_-]+"
# Within a clause, a few words before what is said: then it is not said.
_NEGATION = re.compile(
    r"\b(?:not|no|never|neither|nor|without|hardly|cannot|\w+n't|rather than|instead of|nicht|kein\w*|jamais|pas|nunca)"
    r"(?:\s+[\w'-]+){0,3}\s*$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.!?;:,\n]|\b(?:but|however|although|because|so|aber|mais|pero|sino|sondern)\b", re.IGNORECASE)


class Verdict(NamedTuple):
    """Whether a check says yes, with the words that decided it; None where it can't tell, with the reason."""

    says: bool | None
    reason: str = ""
    spans: tuple[Span, ...] = ()


NOT_JUDGED = Verdict(None, "judged by a larger model, which has not read this answer")


def decide(checks: Sequence[Check], text: str, language: str = "en", judged: Iterable[Judgement] = ()) -> list[Verdict]:
    """What each check says of an answer, in order.

    None of them can tell of text that is empty or no language, nor a marked feature of text that isn't English.
    `judged`: what the judge found; without it a check of a statement can't tell.
    """
    gate = coherence(text)
    if not gate.coherent:
        return [Verdict(None, gate.reason) for _ in checks]
    marked = features(text, _ANY_VIEW, language) if any(c.feature for c in checks) else Features()
    plain = text.translate(_QUOTES)
    found = {j.check_key: Verdict(j.says, j.reason) for j in judged}
    return [found.get(c.key, NOT_JUDGED) if c.statement else _decided(c, plain, marked) for c in checks]


def _decided(check: Check, text: str, marked: Features) -> Verdict:
    if check.pattern is not None:
        return _matched(check.key, check.pattern, text)
    if not marked.applicable:
        return Verdict(None, "this is checked in English only")
    found = tuple(Span(s.start, s.end, check.key) for s in marked.spans if s.feature == check.feature)
    return Verdict(bool(found), spans=found)


def _matched(key: str, pattern: Pattern, text: str) -> Verdict:
    if any(_said(p, text, pattern.negated) for p in pattern.none):
        return Verdict(False)
    every = [_said(p, text, pattern.negated) for p in pattern.all]
    some = [s for p in pattern.any for s in _said(p, text, pattern.negated)]
    if not all(every) or (pattern.any and not some):
        return Verdict(False)
    found = sorted({*some, *(s for spans in every for s in spans)})
    return Verdict(True, spans=tuple(Span(start, end, key) for start, end in found))


def _said(phrase: str, text: str, negated: bool) -> list[tuple[int, int]]:
    """Where a phrase is said in a text, outside negations unless these count."""
    places = [m.span() for m in compiled(phrase).finditer(text)]
    return [(start, end) for start, end in places if negated or not _after_negation(text, start)]


def _after_negation(text: str, start: int) -> bool:
    before = text[max(0, start - 80) : start]
    cut = max((m.end() for m in _CLAUSE.finditer(before)), default=0)
    return bool(_NEGATION.search(before[cut:]))


@lru_cache(maxsize=20_000)
def compiled(phrase: str) -> re.Pattern[str]:
    """A phrase of a pattern as a regular expression.

    Words in any case, with any blanks or hyphens between; `word*` any ending, `...` up to six words in between, a
    number also in words, `/.../` a regular expression as it is.
    """
    if len(phrase) > 2 and phrase[0] == phrase[-1] == "/":
        return re.compile(phrase[1:-1], re.IGNORECASE)
    return re.compile("".join(_pieces(phrase.translate(_QUOTES).split())), re.IGNORECASE)


def _pieces(words: Iterable[str]) -> Iterable[str]:
    joint = r"(?<!\w)"
    for word in words:
        if word == "...":
            joint = _GAP
            continue
        yield joint + _word(word)
        joint = _BETWEEN
    yield r"(?!\w)"


def _word(word: str) -> str:
    if re.fullmatch(r"\d{1,6}", word):
        spelled = re.escape(num2words(int(word))).replace(r"\-", r"[\s-]")
        return rf"(?:(?<![\d.,]){word}(?!\d|[.,]\d)|{spelled})"
    return re.escape(word).replace(r"\*", r"\w*")
