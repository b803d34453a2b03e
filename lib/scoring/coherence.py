"""The coherence gate before every score: whether a text is language at all."""

import re
import unicodedata
from collections import Counter
from typing import NamedTuple

from lib.scoring.features import repetition

_MAX_LOOP = 0.32  # share of repeated 4-grams above which a text is looping; chosen on labelled answers
_MIN_LETTERS = 0.25  # share of visible characters; small tables, formulas and terse code have less than half
_RULED_LINE = re.compile(r"([-_=*.~])\1{2,}")
_VOWELS = re.compile(r"[aeiouyæøœıəɛɔ]", re.IGNORECASE)
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}", re.IGNORECASE)


class Coherence(NamedTuple):
    """The verdict of the gate and its reason, as screens and score files show it."""

    coherent: bool
    reason: str


def coherence(text: str) -> Coherence:
    """Whether a text can be scored: not if it is empty, looping or garbled, in any script. Short answers pass."""
    text = text.strip()
    if not text:
        return Coherence(False, "empty")
    visible = [c for c in _RULED_LINE.sub(r"\1", text) if not (c.isspace() or _joins(c))]
    letters = [c for c in visible if unicodedata.category(c)[0] in "LM"]
    digits = sum(c.isdigit() for c in visible)
    if "\ufffd" in text and text.count("\ufffd") > 0.02 * len(text):
        return Coherence(False, "broken characters")
    if not letters and not digits:
        return Coherence(False, "no letters or numbers")
    if len(visible) > 12 and (len(letters) + digits) / len(visible) < _MIN_LETTERS:
        return Coherence(False, "mostly symbols")
    return _loops(text) or _garbled(text) or Coherence(True, "readable as language")


def _joins(character: str) -> bool:
    """Whether a character only shapes its neighbours, as joiners and variation selectors inside an emoji do."""
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"


def _loops(text: str) -> Coherence | None:
    words = re.findall(r"\w+", text)
    if len(words) >= 16 and repetition(words) > _MAX_LOOP:
        return Coherence(False, "repeats itself")
    if len(words) >= 8 and Counter(w.lower() for w in words).most_common(1)[0][1] > 0.5 * len(words):
        return Coherence(False, "repeats one word")
    if re.search(r"([^\W_])\1{29,}", text):  # a ruled line of dashes is no loop
        return Coherence(False, "repeats one character")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) >= 6 and Counter(lines).most_common(1)[0][1] > 0.5 * len(lines):
        return Coherence(False, "repeats one line")
    if len(text) > 200 and len(words) < len(text) / 40 and _latin(text):
        return Coherence(False, "no word breaks")
    unit = re.search(r"([^\W\d_]\S{2,39}?)\1{9,}", text)  # for scripts without spaces between words
    if unit and len(unit[0]) > _MAX_LOOP * len(text):
        return Coherence(False, "repeats itself")
    return None


def _latin(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and sum("LATIN" in unicodedata.name(c, "") for c in letters[:500]) > 0.8 * len(letters[:500])


def _garbled(text: str) -> Coherence | None:
    """Verdict on keyboard mashing: Latin words without vowels or with long runs of consonants; None otherwise."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text[:20_000]) if not unicodedata.combining(c))
    words = [w for w in re.findall(r"[^\W\d_]+", bare) if len(w) > 3]
    if len(words) < 4:
        words = [w for w in words if len(w) > 5]  # "Hmmm, brrr." is an answer
    if not words or not _latin(text):
        return None
    odd = sum(not _VOWELS.search(w) or bool(_CONSONANTS.search(w)) for w in words if not w.isupper())
    if odd > 0.35 * len(words):
        return Coherence(False, "not words")
    return None
