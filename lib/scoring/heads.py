"""Heads: linear weights on what the reading model and the feature counts say of a reply, one an aspect, shipped as plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict
from safetensors.numpy import load_file, save_file
from scipy.special import expit

from lib.domain import TrilemmaError
from lib.files import sha256_of

WEIGHTS, CARD = "heads.safetensors", "card.json"
_ARRAYS = ("centre", "scale", "weights", "intercepts")


class Calibrated(NamedTuple):
    """A probability with the middle 90 % of what heads trained on resampled labels say."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Head:
    """The first column of `weights` is fitted on all labels, each further one on a resample of them; a reply's logit is slope * raw + offset.

    Shapes: centre and scale (width,), weights (width, 1 + resamples), intercepts (1 + resamples,). `abstain` is the band of values about the base rate in which no verdict is given. Where a case is
    given, `case` holds another slope and offset, and between them the slope of the lean towards well-rated reference replies (`lean`).
    From `threshold` on, chosen on training rows, a value counts as a yes.
    """

    centre: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    intercepts: np.ndarray
    slope: float
    offset: float
    pair_slope: float
    abstain: tuple[float, float]
    case: tuple[float, float, float] | None = None
    threshold: float = 0.5

    def raw(self, vectors: np.ndarray) -> np.ndarray:
        """Shape (replies, 1 + resamples): uncalibrated logits, meant for comparing replies to one prompt."""
        return ((vectors - self.centre) / self.scale) @ self.weights + self.intercepts

    def calibrated(self, vectors: np.ndarray, leans: np.ndarray | None = None) -> list[Calibrated]:
        """One value a reply; `leans` (replies,) where they answer a case."""
        if leans is not None and self.case is not None:
            logits = self.case[0] * self.raw(vectors) + self.case[1] * leans[:, None] + self.case[2]
        else:
            logits = self.slope * self.raw(vectors) + self.offset
        low, high = np.quantile(expit(logits), (0.05, 0.95), axis=1)
        return [Calibrated(*map(float, row)) for row in zip(expit(logits[:, 0]), low, high, strict=True)]

    def preference(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Probability that each reply of `a` is better than the one beside it in `b`; swapped they give one minus it."""
        return expit(self.pair_slope * (self.raw(a)[:, 0] - self.raw(b)[:, 0]))


class HeadCard(BaseModel):
    """What one head was trained on and how it came out of training."""

    model_config = ConfigDict(extra="forbid")

    sets: list[str]
    rows: int
    labels: str
    licence: str
    abstain: tuple[float, float]
    slope: float
    offset: float
    pair_slope: float
    case: tuple[float, float, float] | None = None
    threshold: float
    blocks: tuple[str, ...]
    penalty: float
    count_weight: float
    even_lengths: bool


class HeadsCard(BaseModel):
    """The card beside the weights."""

    model_config = ConfigDict(extra="forbid")

    name: str
    version: int
    reading_model: str
    reading_model_sha256: str
    inputs: str
    command: str
    date: str
    weights_sha256: str
    packages: dict[str, str]
    heads: dict[str, HeadCard]

    @property
    def scorer(self) -> str:
        return f"{self.name}-{self.version}"


@dataclass(frozen=True)
class Heads:
    card: HeadsCard
    of: Mapping[str, Head]

    def stranger(self, reader_sha256: str) -> str:
        """Why readings by these weights cannot be weighed: empty if they can."""
        if reader_sha256 == self.card.reading_model_sha256:
            return ""
        return (
            f"the reading model here ({reader_sha256[:12]}) is not the one that the heads were trained on"
            f" ({self.card.reading_model_sha256[:12]})"
        )


def save_heads(folder: Path, card: HeadsCard, heads: Mapping[str, Head]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{name}.{part}": np.ascontiguousarray(getattr(head, part), np.float32)
        for name, head in heads.items()
        for part in _ARRAYS
    }
    save_file(arrays, folder / WEIGHTS)
    card.weights_sha256 = sha256_of(folder / WEIGHTS)
    (folder / CARD).write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")


@lru_cache(maxsize=4)
def read_heads(folder: Path) -> Heads:
    """The heads of a folder. Raises TrilemmaError where they are missing or not the ones their card names."""
    try:
        card = HeadsCard.model_validate_json((folder / CARD).read_bytes())
        if sha256_of(folder / WEIGHTS) != card.weights_sha256:
            raise TrilemmaError(f"{folder / WEIGHTS} is not the file that its card names.")
        arrays = load_file(folder / WEIGHTS)
    except FileNotFoundError as fault:
        raise TrilemmaError(
            f"The learned scorers are missing: {fault.filename}. Train them with: python -m lib train-scorers DATA"
        ) from fault
    heads = {
        name: Head(
            *(arrays[f"{name}.{part}"] for part in _ARRAYS),
            slope=made.slope,
            offset=made.offset,
            pair_slope=made.pair_slope,
            abstain=made.abstain,
            case=made.case,
            threshold=made.threshold,
        )
        for name, made in card.heads.items()
    }
    return Heads(card, heads)
