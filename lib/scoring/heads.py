"""Heads: logistic regressions, one for each aspect, on hidden states of the reading model and on feature counts."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict
from safetensors.numpy import load_file, save
from scipy.special import expit

from lib.domain import TrilemmaError
from lib.files import read_json, sha256_of, write_whole

HEADS_WEIGHTS, HEADS_CARD = "heads.safetensors", "card.json"
ARRAYS = ("centre", "scale", "weights", "intercepts")


class Calibrated(NamedTuple):
    """A probability, with the 5th and 95th percentile over heads fitted on resampled labels (bootstrap)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Head:
    """One fitted head and its calibration; the probability of a reply is sigmoid(slope * raw + offset) (Platt 1999).

    Shapes: centre and scale (width,), weights (width, 1 + resamples), intercepts (1 + resamples,). The first column is
    fitted on all labels, each further one on a bootstrap resample of them. `abstain`: the band around the base rate in
    which no verdict is given. `threshold`: the least value that counts as yes, chosen on training rows.
    """

    centre: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    intercepts: np.ndarray
    slope: float
    offset: float
    pair_slope: float
    abstain: tuple[float, float]
    threshold: float = 0.5

    def raw(self, vectors: np.ndarray) -> np.ndarray:
        """Uncalibrated logits, shape (replies, 1 + resamples), for comparing replies to one prompt."""
        return ((vectors - self.centre) / self.scale) @ self.weights + self.intercepts

    def calibrated(self, vectors: np.ndarray) -> list[Calibrated]:
        """One probability for each reply. Shape: vectors (replies, width)."""
        logits = self.slope * self.raw(vectors) + self.offset
        low, high = np.quantile(expit(logits), (0.05, 0.95), axis=1)
        return [Calibrated(*map(float, row)) for row in zip(expit(logits[:, 0]), low, high, strict=True)]

    def preference(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Probability (pairs,) that each reply of `a` beats its partner in `b` (Bradley and Terry 1952).

        preference(b, a) is 1 - preference(a, b). Shapes: a and b (pairs, width).
        """
        return expit(self.pair_slope * (self.raw(a)[:, 0] - self.raw(b)[:, 0]))

    @property
    def calibration(self) -> dict[str, Any]:
        """Everything but the arrays, by field: what the head's card holds of it."""
        return {name: getattr(self, name) for name in CALIBRATION}


CALIBRATION = tuple(f.name for f in fields(Head) if f.name not in ARRAYS)


class HeadCard(BaseModel):
    """Training data, settings and calibration (CALIBRATION) of one head."""

    model_config = ConfigDict(extra="forbid")

    sets: list[str]
    rows: int
    labels: str
    licence: str
    abstain: tuple[float, float]
    slope: float
    offset: float
    pair_slope: float
    threshold: float
    blocks: tuple[str, ...]
    penalty: float
    count_weight: float
    even_lengths: bool


class HeadsCard(BaseModel):
    """The card beside the weights: what the heads were made from, when, with which packages, and each head's card."""

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
    """Heads by name, with their card.

    Names: the criteria, `refusal`, `full refusal`, `premise`, `<criterion> preference`.
    """

    card: HeadsCard
    of: Mapping[str, Head]

    def mismatch(self, reader_sha256: str) -> str:
        """Why these heads cannot use the hidden states of a reading model with these weights; empty if they can."""
        if reader_sha256 == self.card.reading_model_sha256:
            return ""
        return (
            f"the reading model here ({reader_sha256[:12]}) is not the one that the heads were trained on"
            f" ({self.card.reading_model_sha256[:12]})"
        )


def save_heads(folder: Path, card: HeadsCard, heads: Mapping[str, Head]) -> HeadsCard:
    """Write weights and card to `folder` by atomic writes. Returns the card with the hash of the weights."""
    arrays = {
        f"{name}.{part}": np.ascontiguousarray(getattr(head, part), np.float32)
        for name, head in heads.items()
        for part in ARRAYS
    }
    weights = save(arrays)
    card = card.model_copy(update={"weights_sha256": hashlib.sha256(weights).hexdigest()})
    written = card.model_dump_json(indent=1) + "\n"

    def write_both(scratch: Path) -> None:
        scratch.write_text(written, encoding="utf-8")
        write_whole(folder / HEADS_WEIGHTS, lambda beside: beside.write_bytes(weights))

    write_whole(folder / HEADS_CARD, write_both)  # both are written before either old file is replaced
    return card


@lru_cache(maxsize=4)
def read_heads(folder: Path) -> Heads:
    """The heads of a folder. Raises TrilemmaError where they are missing or the weights are not those of their card."""
    for name in (HEADS_CARD, HEADS_WEIGHTS):
        if not (folder / name).exists():
            raise TrilemmaError(
                f"The learned scorers are missing: {folder / name}. Train them with: python -m lib train-scorers DATA"
            )
    card = read_json(folder / HEADS_CARD, HeadsCard, f"{folder.name}/{HEADS_CARD}")
    if sha256_of(folder / HEADS_WEIGHTS) != card.weights_sha256:
        raise TrilemmaError(f"{folder.name}/{HEADS_WEIGHTS}: is not the file that its card names")
    arrays = load_file(folder / HEADS_WEIGHTS)
    return Heads(card, {name: _head(name, arrays, made) for name, made in card.heads.items()})


def _head(name: str, arrays: Mapping[str, np.ndarray], card: HeadCard) -> Head:
    if missing := [part for part in ARRAYS if f"{name}.{part}" not in arrays]:
        raise TrilemmaError(f"{HEADS_CARD}: heads: {name!r}: {HEADS_WEIGHTS} has no {missing[0]} of it")
    parts: dict[str, Any] = {part: arrays[f"{name}.{part}"] for part in ARRAYS}
    return Head(**parts, **{field: getattr(card, field) for field in CALIBRATION})
