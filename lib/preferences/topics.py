"""What the prompts are about: clusters of a small packaged encoder's embeddings, each named by its words."""

import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from lib.preferences.words import PATTERN, log_odds

_CUT = 600  # characters of a prompt
_FEWEST, _MANY = 60, 20_000  # prompts for topics at all; prompts from which they are clustered by batches
_NAMED_BY = 4


class Topics(NamedTuple):
    """`of`: the topic of each comparison; `words`: what names each topic, the largest topic first."""

    of: np.ndarray
    words: list[tuple[str, ...]]


@cache
def _encoder() -> Any:
    """WordLlama's 256 numbers a word piece (Miller 2024), whose weights and tokenizer lie in its own package."""
    level = logging.getLogger().level
    import wordllama

    logging.getLogger().setLevel(level)  # the package sets up logging for the whole process
    return wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)


def topics(prompts: Sequence[str], seed: int = 20240618) -> Topics | None:
    """The topic of each prompt, in the order given; None where there are too few different ones."""
    different = list(dict.fromkeys(p[:_CUT] for p in prompts))
    if len(different) < _FEWEST:
        return None
    vectors = _encoder().embed([d if d.strip() else "-" for d in different], norm=True)
    count = int(np.clip(round(np.sqrt(len(different)) / 3), 3, 16))
    kind = MiniBatchKMeans if len(different) > _MANY else KMeans
    found = kind(n_clusters=count, n_init=4, random_state=seed).fit_predict(np.nan_to_num(vectors))
    by_prompt = dict(zip(different, found, strict=True))
    of = np.array([by_prompt[p[:_CUT]] for p in prompts])
    order = [int(k) for k in np.argsort(-np.bincount(of, minlength=count), kind="stable") if (of == k).any()]
    named = _names(different, found)
    place = {k: n for n, k in enumerate(order)}
    return Topics(np.array([place[int(k)] for k in of]), [named[k] for k in order])


def _names(prompts: Sequence[str], found: np.ndarray) -> dict[int, tuple[str, ...]]:
    """For each cluster the words that its prompts have more than the others do, by the same log-odds as replies."""
    counter = CountVectorizer(
        binary=True, token_pattern=PATTERN, stop_words=list(_stops()), min_df=2, max_features=20_000
    )
    try:
        counts = counter.fit_transform(prompts)
    except ValueError:  # no word stands in two prompts
        return {int(k): () for k in np.unique(found)}
    words = counter.get_feature_names_out()
    whole = np.asarray(counts.sum(axis=0)).ravel().astype(float)
    prior = 1_000.0 * whole / whole.sum()
    out = {}
    for k in np.unique(found):
        inside = np.asarray(counts[np.flatnonzero(found == k)].sum(axis=0)).ravel().astype(float)
        z = log_odds(inside, whole - inside, prior)
        out[int(k)] = tuple(str(words[j]) for j in np.argsort(-z)[:_NAMED_BY] if z[j] > 0)
    return out


@cache
def _stops() -> frozenset[str]:
    more = "don't dont can't im i'm it's what's didn't doesn't like just know want tell need think good way ways using"
    return ENGLISH_STOP_WORDS | frozenset(more.split())
