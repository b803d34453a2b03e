"""How different the answers of a model to one prompt are from each other: in their words, without any model."""

import re
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

_WORD = re.compile(r"\w+(?:['’]\w+)*")


def distinct(texts: Sequence[str], vocabulary: int, lengths: Sequence[int] = (1, 2, 3)) -> float | None:
    """Expectation-adjusted distinct n-grams, averaged over n: 0 for one word said again and again.

    EAD_n = N / (V^n [1 - ((V^n - 1) / V^n)^C]) with N distinct of C n-grams and a vocabulary of V words (Liu et al.
    2022, arXiv 2202.13587): unlike a plain share of distinct n-grams it doesn't fall with length. None where nothing
    is said.
    """
    words = [[w.lower() for w in _WORD.findall(t)] for t in texts]
    found = []
    for n in lengths:
        grams = [tuple(mine[i : i + n]) for mine in words for i in range(len(mine) - n + 1)]
        if grams:
            possible = float(vocabulary) ** n
            expected = -possible * np.expm1(len(grams) * np.log1p(-1 / possible))
            found.append(len(set(grams)) / expected)
    return float(np.mean(found)) if found else None


def unlikeness(texts: Sequence[str]) -> float | None:
    """1 - the mean cosine of every two texts by their words, tf-idf over these texts: 0 where all say the same.

    The measure of Kirk et al. 2023 (arXiv 2310.06452), with words for their sentence embeddings. None for fewer than
    two texts.
    """
    if len(texts) < 2:
        return None
    try:
        vectors = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b").fit_transform(texts)
    except ValueError:  # no words in any of them
        return None
    alike = cosine_similarity(vectors)
    return float(1 - alike[np.triu_indices(len(texts), 1)].mean())
