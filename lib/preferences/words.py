"""Which words stand in chosen rather than rejected replies: log-odds with an informative Dirichlet prior."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from lib.preferences.material import Material
from lib.preferences.records import Word

_PRIOR = 1_000.0  # words that the prior is worth
_FEWEST_PROMPTS, _MOST_WORDS = 8, 60_000
_SURE = 1.96
_CUT = 4_000  # characters read of one reply
# A word is letters, from two on; an apostrophe inside belongs to it.
PATTERN = r"(?u)\b[^\W\d_]+(?:['’][^\W\d_]+)?\b"


class Vocabulary(NamedTuple):
    """`first`, `second`: whether a reply has a word, shape (comparisons, words), sparse."""

    words: np.ndarray
    first: csr_matrix
    second: csr_matrix

    @property
    def difference(self) -> csr_matrix:
        """1 where only the first reply has a word, -1 where only the second."""
        return (self.first - self.second).tocsr()


def vocabulary(material: Material) -> Vocabulary | None:
    """The words of all replies, each counted once a reply; None where no word is common enough."""
    place: dict[str, int] = {}
    texts = [c.first for c in material.comparisons] + [c.second or "" for c in material.comparisons]
    at = np.array([place.setdefault(t, len(place)) for t in texts])
    fewest = 5 if len(place) > 500 else 2
    counter = CountVectorizer(
        binary=True, token_pattern=PATTERN, min_df=fewest, max_features=_MOST_WORDS, dtype=np.float32
    )
    try:
        counts = counter.fit_transform([t[:_CUT] for t in place])
    except ValueError:  # scikit-learn's word for an empty vocabulary
        return None
    n = len(material.comparisons)
    return Vocabulary(np.array(counter.get_feature_names_out()), counts[at[:n]].tocsr(), counts[at[n:]].tocsr())


def log_odds(chosen: np.ndarray, rejected: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """z of each word's log-odds, chosen against rejected, shape (words,).

    Monroe, Colaresi and Quinn 2008 (Political Analysis 16), equations 16, 20 and 22: counts with a Dirichlet prior of
    weights `prior`; the difference of log-odds over its standard error.
    """
    total = prior.sum()
    parts = []
    for counts in (chosen, rejected):
        with_prior = counts + prior
        parts.append(np.log(with_prior) - np.log(counts.sum() + total - with_prior))
    spread = np.sqrt(1 / (chosen + prior) + 1 / (rejected + prior))
    return (parts[0] - parts[1]) / spread


class WordCounts(NamedTuple):
    """How many chosen and rejected replies have each word, shape (words,), and under how many prompts it stands."""

    chosen: np.ndarray
    rejected: np.ndarray
    prompts: np.ndarray


def word_counts(material: Material, words: Vocabulary, rows: np.ndarray) -> WordCounts:
    """Over the decided comparisons among `rows`, row numbers."""
    choices = material.choices[rows]
    won, lost = rows[choices == 1], rows[choices == 0]
    if material.single:
        chosen, rejected = words.first[won].sum(axis=0), words.first[lost].sum(axis=0)
    else:
        chosen = words.first[won].sum(axis=0) + words.second[lost].sum(axis=0)
        rejected = words.second[won].sum(axis=0) + words.first[lost].sum(axis=0)
    decided = np.concatenate([won, lost])
    groups, own = np.unique(material.groups[decided], return_inverse=True)
    into = csr_matrix((np.ones(len(own), np.float32), (own, np.arange(len(own)))), shape=(len(groups), len(own)))
    standing = into @ (words.first[decided] + words.second[decided])
    prompts = (
        np.bincount(standing.tocsr().indices, minlength=len(words.words))
        if standing.nnz
        else np.zeros(len(words.words))
    )
    return WordCounts(np.asarray(chosen).ravel(), np.asarray(rejected).ravel(), prompts)


def telling(words: Vocabulary, counts: WordCounts, whole: WordCounts, most: int) -> tuple[list[Word], list[Word]]:
    """The words that speak most for a reply and most against it, at most so many each.

    Only words under at least 8 prompts whose z is beyond 1.96. `whole`: of the whole set, which gives the prior.
    """
    pooled = whole.chosen + whole.rejected
    prior = _PRIOR * (pooled + 1e-9) / (pooled.sum() + 1e-9)
    z = log_odds(counts.chosen, counts.rejected, np.maximum(prior, 1e-6))
    common = counts.prompts >= _FEWEST_PROMPTS
    order = np.argsort(-z)

    def taken(places: Sequence[int], sign: int) -> list[Word]:
        picked = [k for k in places if common[k] and sign * z[k] > _SURE][:most]
        return [
            Word(
                word=str(words.words[k]), z=float(z[k]), chosen=int(counts.chosen[k]), rejected=int(counts.rejected[k])
            )
            for k in picked
        ]

    return taken(list(order), 1), taken(list(order[::-1]), -1)
