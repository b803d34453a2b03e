"""Inputs of the heads: the reading model's vector of a reply, counts of its marked features, marks of declining."""

import itertools
from collections.abc import Sequence

import numpy as np

from lib.domain import Encoding, Exchange
from lib.scoring.features import FEATURES, features
from lib.scoring.refusal_marks import MARKS, marked

READER = "smollm2-135m-instruct"  # the id of the reading model, whose hidden states the heads use
READING_NUMBERS = (
    "log-probability a token",
    "log-probability a token, opening",
    "lowest log-probability",
    "log of tokens",
    "root of tokens",
    "log-probability of ending there",
)
COUNTS = (*FEATURES, "repetition", "log of words", "a refusal in the opening", "any refusal")
_OPENING = 80  # characters in which a refusal counts as opening the reply


def counted(text: str) -> list[float]:
    """COUNTS of one text. Agreement counts as 0: without the user's view it is unknown, so no head may depend on it."""
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
    """The reading model's vectors, COUNTS and MARKS side by side, shape (exchanges, width), float32."""
    counts = [[*counted(e.text), *marked(e.text)] for e in exchanges]
    return np.hstack([vectors, np.array(counts, np.float32).reshape(len(exchanges), -1)]).astype(np.float32)


def head_inputs(exchanges: Sequence[Exchange], encodings: Sequence[Encoding]) -> np.ndarray:
    """`with_counts` of what an encoder returned, shape (exchanges, width), float32."""
    return with_counts(exchanges, np.array([r.vector for r in encodings], np.float32))


def input_blocks(width: int) -> dict[str, slice]:
    """Columns of each block of the inputs, for inputs of this width.

    `middle`, `late`, `opening` and `end`: hidden states of a middle layer, of a late layer, over the opening and at the
    end of the reply; `numbers`: READING_NUMBERS; `counts`: COUNTS; `marks`: MARKS.
    """
    after = {"numbers": len(READING_NUMBERS), "counts": len(COUNTS), "marks": len(MARKS)}
    hidden = (width - sum(after.values())) // 4
    sizes = {"middle": hidden, "late": hidden, "opening": hidden, "end": hidden, **after}
    edges = [0, *itertools.accumulate(sizes.values())]
    return {name: slice(*edge) for name, edge in zip(sizes, itertools.pairwise(edges), strict=True)}
