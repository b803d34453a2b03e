"""The gate before every score: is the text language at all?"""

import re
import unicodedata
from collections import Counter
from typing import NamedTuple

from lib.criteria.features import repetition

_MAX_LOOP = 0.5  # share of repeated 4-grams from which a text counts as looping
_VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöùûüáíóúñãõåæø]", re.IGNORECASE)
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}", re.IGNORECASE)


class Coherence(NamedTuple):
    coherent: bool
    reason: str


def coherence(text: str) -> Coherence:
    """Whether a text can be judged. Says no to empty, looping and garbled text of any script; short answers pass."""
    text = text.strip()
    if not text:
        return Coherence(False, "empty")
    visible = [c for c in text if not c.isspace()]
    letters = [c for c in visible if unicodedata.category(c)[0] in "LM"]
    digits = sum(c.isdigit() for c in visible)
    if "\ufffd" in text and text.count("\ufffd") > 0.02 * len(text):
        return Coherence(False, "broken characters")
    if not letters and not digits:
        return Coherence(False, "no letters or numbers")
    if len(visible) > 20 and (len(letters) + digits) / len(visible) < 0.5:
        return Coherence(False, "mostly symbols")
    return _loops(text) or _garbled(text) or Coherence(True, "readable as language")


def _loops(text: str) -> Coherence | None:
    words = re.findall(r"\w+", text)
    if len(words) >= 16 and repetition(words) > _MAX_LOOP:
        return Coherence(False, "repeats itself")
    if len(words) >= 8 and Counter(w.lower() for w in words).most_common(1)[0][1] > 0.5 * len(words):
        return Coherence(False, "repeats one word")
    if re.search(r"(.)\1{29,}", text):
        return Coherence(False, "repeats one character")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) >= 6 and Counter(lines).most_common(1)[0][1] > 0.5 * len(lines):
        return Coherence(False, "repeats one line")
    if len(text) > 200 and len(words) < len(text) / 40 and _latin(text):
        return Coherence(False, "no word breaks")
    return None


def _latin(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and sum("LATIN" in unicodedata.name(c, "") for c in letters[:500]) > 0.8 * len(letters[:500])


def _garbled(text: str) -> Coherence | None:
    """Keyboard mashing: Latin words without vowels or with long runs of consonants. Says nothing of other scripts."""
    words = [w for w in re.findall(r"[^\W\d_]+", text[:20_000]) if len(w) > 3]
    if not words or not _latin(text):
        return None
    odd = sum(not _VOWELS.search(w) or bool(_CONSONANTS.search(w)) for w in words if not w.isupper())
    if odd > 0.35 * len(words):
        return Coherence(False, "not words")
    return None
