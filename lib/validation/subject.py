"""The scorer that is checked, and what every check of it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from lib.domain import Exchange, Model, Prompt
from lib.scoring.features import features
from lib.scoring.heads import Heads
from lib.validation.labels import LabelledReply
from lib.validation.material import Material, Vectors
from lib.validation.records import Record

AUTHOR = "one author of this project, blind to the model"
OWN = "our stored answers"


@dataclass(frozen=True)
class Subject:
    """Heads and the material to check them on. `models`: by id; `folder`: where the public sets are."""

    material: Material
    vectors: Vectors
    heads: Heads
    models: Mapping[str, Model]
    folder: Path

    @property
    def scorer(self) -> str:
        return self.heads.card.scorer

    @cached_property
    def own(self) -> list[LabelledReply]:
        """Stored answers whose labels are kept for checking."""
        return [r for r in self.material.stored if r.label.use == "validate"]

    @cached_property
    def prompts(self) -> dict[str, Prompt]:
        return {p.id: p for c in self.material.cases.values() for p in c.prompts}

    def kinds(self, replies: Sequence[LabelledReply]) -> list[str]:
        """Whether a base or a tuned model wrote each stored answer."""
        return ["base models" if self.models[r.model_id or ""].stage == "base" else "tuned models" for r in replies]

    def probabilities(self, head: str, exchanges: Sequence[Exchange]) -> np.ndarray:
        """The head's calibrated values, shape (exchanges,)."""
        return np.array([c.value for c in self.heads.of[head].calibrated(self.vectors.of(exchanges))])


def about(
    aspect: str, scorer: str, data: str, labels: str, seen: str = "never trained on", note: str = "", people: str = ""
) -> dict[str, str]:
    """The fields of a Record that say in words what was checked on what."""
    return {
        "aspect": aspect,
        "scorer": scorer,
        "data": data,
        "labels": labels,
        "seen": seen,
        "note": note,
        "people": people,
    }


def keyword_match(texts: Sequence[str]) -> np.ndarray:
    """The baseline for refusals, True where the feature `refusal` is marked at all, shape (texts,)."""
    return np.array([features(t).counts["refusal"] > 0 for t in texts])


def longer_than_median(texts: Sequence[str]) -> np.ndarray:
    """The baseline that says yes to long replies, shape (texts,)."""
    length = np.array([len(t) for t in texts])
    return length > np.median(length)


def headline(record: Record) -> str:
    """One line on a record for the terminal: what was checked, and its main figures with their intervals."""
    shown = {
        "accuracy": record.accuracy,
        "F1": record.f1,
        "balanced accuracy": record.balanced_accuracy,
        "AUROC": record.auroc,
    }
    figures = "   ".join(
        f"{name} {found.value:.3f} [{found.low:.3f}, {found.high:.3f}]" for name, found in shown.items() if found
    )
    return f"{record.aspect:<22} {record.data:<62} n {record.n:>5}   {figures}"
