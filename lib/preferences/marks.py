"""What of a reply is held against raters' choices: its length, what is marked in it, its form, as a row of numbers."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from lib.scoring.features import FEATURES, present
from lib.scoring.refusal_marks import contradicts

Progress = Callable[[int, int], None]


class Mark(NamedTuple):
    """One column. `doing`: what a reply with it does, in words; `unit`: how much of it the odds are told for."""

    key: str
    label: str
    doing: str
    unit: float = 1.0
    counted: bool = False  # a number rather than yes or no


_DOING = {
    "refusal": "declines what was asked",
    "disapproval": "calls what was asked for wrong, unlawful or dangerous",
    "disclaimer": "says that it is a program, or no expert",
    "hedge": "hedges",
    "booster": "says how sure it is",
    "evidence": "names a source",
    "first_person": "speaks of itself as I",
    "feeling": "claims a feeling or an experience",
    "apology": "apologises",
    "flattery": "praises the user",
    "agreement": "tells the user that they are right",
    "question": "asks back",
    "safeguard": "warns, or sends the user to someone who can help",
}
MARKS = (
    Mark("length", "length", "is twice as long", counted=True),
    *(Mark(key, info.label, _DOING[key]) for key, info in FEATURES.items()),
    Mark("premise", "premise rejection", "contradicts what the question takes for granted"),
    Mark("list", "list", "has a list"),
    Mark("informal", "informal wording", "has 5 more informal words in 100", 5.0, True),
    Mark("grade", "reading grade", "is harder to read by 3 school grades", 3.0, True),
    Mark("repetition", "repetition", "repeats itself"),
)
COLUMN = {mark.key: k for k, mark in enumerate(MARKS)}
NOT_MEASURED = "human-like tone (HumT), which needs a language model's reading of every reply"
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+\S", re.MULTILINE)
_SENTENCE = re.compile(r"[.!?]+(?=\s|$)|\n+")
_INFORMAL = re.compile(
    r"\b(?:gonna|wanna|gotta|kinda|sorta|yeah|yep|nope|hey|hi|haha|lol|ok|okay|oh|wow|guys?|stuff|cool|awesome|dude"
    r"|\w+['’](?:s|re|ve|ll|d|m)|\w+n['’]t)\b|!|[\U0001f300-\U0001faff]",
    re.IGNORECASE,
)
_MOST_GRADE, _MOST_INFORMAL, _REPEATED, _GRAM = 20.0, 30.0, 0.2, 4
_CHUNK, _WORTH_A_PROCESS = 2_000, 20_000  # replies
_MOST_READ = 20_000  # characters of one reply


def marks(text: str) -> tuple[float, ...]:
    """MARKS of one reply.

    Length is the binary logarithm of its words and one more. The reading grade is Coleman and Liau's (1975, J. Applied
    Psychology 60): 0.0588 letters and -0.296 sentences in 100 words, -15.8; from 0 to 20.
    """
    text = text[:_MOST_READ]
    words = _WORD.findall(text)
    n = max(len(words), 1)
    letters = sum(map(len, words))
    sentences = max(1, sum(1 for _ in _SENTENCE.finditer(text.strip())))
    grade = 0.0588 * 100 * letters / n - 0.296 * 100 * min(sentences, n) / n - 15.8
    informal = 100 * sum(1 for _ in _INFORMAL.finditer(text)) / n
    listed = len(_ITEM.findall(text)) > 1
    return (
        float(np.log2(len(words) + 1)),
        *map(float, present(text)),
        float(contradicts(text)),
        float(listed),
        min(informal, _MOST_INFORMAL),
        min(max(grade, 0.0), _MOST_GRADE),
        float(_repeats(words)),
    )


def _repeats(words: Sequence[str]) -> bool:
    grams = [tuple(words[i : i + _GRAM]) for i in range(len(words) - _GRAM + 1)]
    return bool(grams) and len(set(grams)) < (1 - _REPEATED) * len(grams)


def _rows(texts: Sequence[str]) -> np.ndarray:
    return np.array([marks(t) for t in texts], dtype=np.float32).reshape(-1, len(MARKS))


def marked_rows(texts: Sequence[str], progress: Progress = lambda done, total: None) -> np.ndarray:
    """MARKS of each text, shape (texts, marks), each different text read once; many are shared among processes."""
    place: dict[str, int] = {}
    at = np.array([place.setdefault(t, len(place)) for t in texts], dtype=np.int64)
    different = list(place)
    chunks = [different[i : i + _CHUNK] for i in range(0, len(different), _CHUNK)]
    out = []
    if len(different) < _WORTH_A_PROCESS:
        for chunk in chunks:
            out.append(_rows(chunk))
            progress(sum(map(len, out)), len(different))
    else:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            for rows in pool.map(_rows, chunks):
                out.append(rows)
                progress(sum(map(len, out)), len(different))
    return np.concatenate(out)[at] if out else np.empty((0, len(MARKS)), np.float32)
