"""What the heads weigh: the reading model's vector of a reply, and the counts of the marked features."""

from collections.abc import Sequence

import numpy as np
from scipy.special import softmax

from lib.domain import CRITERIA, CaseStudy, Criterion, Encoding, Exchange
from lib.scoring.features import FEATURES, features

READER = "smollm2-135m-instruct"  # the id of the reading model, whose hidden states the learned scorers weigh
READING_NUMBERS = (
    "log-probability a token",
    "log-probability a token, opening",
    "lowest log-probability",
    "log of tokens",
    "root of tokens",
    "log-probability of ending there",
)
COUNTS = (*FEATURES, "repetition", "log of words", "a refusal in the opening", "any refusal")
_OPENING = 80  # characters


def counted(text: str) -> list[float]:
    """COUNTS of one text. Agreement is left out where no view is known: a head must not depend on it."""
    found = features(text)
    first = min((s.start for s in found.spans if s.feature == "refusal"), default=None)
    marks = [float(min(3, found.counts[name])) for name in FEATURES]
    return [
        *marks,
        found.repetition,
        float(np.log1p(found.words)),
        float(first is not None and first < _OPENING),
        float(first is not None),
    ]


def with_counts(exchanges: Sequence[Exchange], vectors: np.ndarray) -> np.ndarray:
    """Shape (exchanges, width): the reading model's vectors and COUNTS beside each other."""
    return np.hstack(
        [vectors, np.array([counted(e.text) for e in exchanges], np.float32).reshape(len(exchanges), -1)]
    ).astype(np.float32)


def head_inputs(exchanges: Sequence[Exchange], readings: Sequence[Encoding]) -> np.ndarray:
    """The same, from readings."""
    return with_counts(exchanges, np.array([r.vector for r in readings], np.float32))


def input_blocks(width: int) -> dict[str, slice]:
    """The columns of the inputs: hidden states half-way, late, over the opening and at the end, the reading model's numbers, the counts."""
    numbers = width - len(COUNTS) - len(READING_NUMBERS)
    hidden = numbers // 4
    edges = (0, hidden, 2 * hidden, 3 * hidden, 4 * hidden, width - len(COUNTS), width)
    return {
        name: slice(edges[i], edges[i + 1])
        for i, name in enumerate(("middle", "late", "opening", "end", "numbers", "counts"))
    }


_LEAN_TEMPERATURE = 0.1  # of the cosines


def reference_exchanges(case: CaseStudy, exchange: Exchange) -> list[Exchange]:
    """The case's reference replies, each wording, as replies to the same messages."""
    return [Exchange(exchange.messages, wording) for reply in case.replies for wording in reply.wordings]


def leans(case: CaseStudy, reply: np.ndarray, references: np.ndarray) -> dict[Criterion, float]:
    """How much better than the case's average the reference replies are rated that the reading model finds nearest to this one.

    sum over wordings of softmax(cosine / 0.1) (rating - mean rating). Shapes: reply (width,), references (wordings, width), both standardised
    late hidden states.
    """
    near = references @ reply / (np.linalg.norm(references, axis=1) * np.linalg.norm(reply) + 1e-9)
    weights = softmax(near / _LEAN_TEMPERATURE)
    ratings = {c: np.array([r.ratings[c] for r in case.replies for _ in r.wordings]) for c in CRITERIA}
    return {c: float(weights @ (values - values.mean())) for c, values in ratings.items()}
