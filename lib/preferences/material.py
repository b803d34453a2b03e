"""A set made ready for counting: its comparisons with the marks of both replies, the prompt of each, its language."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lib.formats.comparisons import Comparison, ReadSet
from lib.formats.sets import share
from lib.measures.clusters import codes
from lib.preferences.marks import Progress, marked_rows

_LANGUAGES = ("en es fr de it pt nl pl ru uk zh ja ko ar hi tr vi id fa he sv da no fi cs el th bn ur sw hu ro").split()
_SAMPLED, _MOSTLY, _LETTERS = 2_000, 0.9, 500


class Material(NamedTuple):
    """`first`, `second`: MARKS of the replies, shape (comparisons, marks); `groups`: the prompt of each as a number.

    `english`: whether marks are valid for a comparison; `languages`: how many of a sample are in which.
    """

    comparisons: Sequence[Comparison]
    first: np.ndarray
    second: np.ndarray
    groups: np.ndarray
    english: np.ndarray
    languages: Counter[str]

    @property
    def single(self) -> bool:
        """Whether replies were judged one by one."""
        return bool(self.comparisons) and self.comparisons[0].second is None

    @property
    def choices(self) -> np.ndarray:
        return np.array([c.choice for c in self.comparisons], dtype=np.float64)

    def only(self, keep: np.ndarray) -> "Material":
        """The comparisons where `keep`, shape (comparisons,), is true."""
        chosen = [c for c, k in zip(self.comparisons, keep, strict=True) if k]
        return self._replace(
            comparisons=chosen,
            first=self.first[keep],
            second=self.second[keep],
            groups=self.groups[keep],
            english=self.english[keep],
        )


def prepared(read: ReadSet, progress: Progress = lambda done, total: None) -> Material:
    """Every reply of a set marked."""
    comparisons = read.comparisons
    texts = [c.first for c in comparisons] + [c.second or "" for c in comparisons]
    marked = marked_rows(texts, progress)
    english, languages = _english(comparisons)
    n = len(comparisons)
    return Material(comparisons, marked[:n], marked[n:], codes([c.group for c in comparisons]), english, languages)


def _english(comparisons: Sequence[Comparison]) -> tuple[np.ndarray, Counter[str]]:
    """Which comparisons are in English: all, where nine of ten of a sample are; else each is looked at."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    known = LanguageIdentifier.from_model_file(MODEL_FILE)
    known.set_languages(_LANGUAGES)

    def language(comparison: Comparison) -> str:
        text = f"{comparison.group[:_LETTERS]}\n{comparison.chosen[:_LETTERS]}"
        return known.classify(text)[0]

    order = sorted(range(len(comparisons)), key=lambda k: share(f"{k}", "language"))
    sampled = Counter(language(comparisons[k]) for k in order[:_SAMPLED])
    if sampled["en"] >= _MOSTLY * sampled.total():
        return np.ones(len(comparisons), dtype=bool), sampled
    each = [language(c) for c in comparisons]
    return np.array([x == "en" for x in each]), Counter(each)
