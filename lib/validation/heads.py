"""The shipped heads: how each is fitted, on which labels, and the card that says so."""

import importlib.metadata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lib.preferences.pairs import truth_pairs_in_turn
from lib.scoring.heads import Head, HeadCard, HeadsCard, save_heads
from lib.scoring.inputs import input_blocks
from lib.validation.fit import (
    FitSettings,
    Pairs,
    Points,
    Yes,
    preference_head,
    value_head,
)
from lib.validation.material import (
    Material,
    Vectors,
    full_refusal_points,
    labelled_points,
    pair_inputs,
    premise_points,
    training_replies,
    truth_points,
)

NAME, VERSION = "heads", 4
# Chosen out of fold on the training rows.
FIT_SETTINGS = {
    "helpful": FitSettings(("middle", "late"), 1e-3),
    "harmless": FitSettings(("late",), 1e-3),
    "honest": FitSettings(("middle", "late"), 1e-4),
    "refusal": FitSettings(("middle", "late", "opening", "counts", "marks"), 1e-3, 4.0),
    "premise": FitSettings(("middle", "late", "opening", "counts", "marks"), 1e-3, 4.0),
    "full refusal": FitSettings(("opening", "counts"), 1e-2, 6.0),
    "helpful preference": FitSettings(("middle", "numbers"), 3e-4, 5.0, even_lengths=True),
    "harmless preference": FitSettings(("late", "numbers"), 1e-3, 5.0),
    "honest preference": FitSettings(("middle",), 1e-2),
}
YES: Mapping[str, Yes] = {"refusal": "even odds", "premise": "best F1"}  # where a yes begins; else at the base rate
AUTHOR_WEIGHT = 20.0  # of an author-labelled stored answer beside one of TruthfulQA's twenty times as many
AUTHOR_LABELS = "labels by one author, blind to the model (data/validity/labels.jsonl)"


class TrainingData(NamedTuple):
    """Where a head's labels come from, as its card says it."""

    sets: list[str]
    labels: str
    licence: str


TRAINED_ON = {
    "helpful": TrainingData(["stored answers"], AUTHOR_LABELS, "this project's"),
    "harmless": TrainingData(["stored answers"], AUTHOR_LABELS, "this project's"),
    "honest": TrainingData(
        ["stored answers", "TruthfulQA"],
        f"{AUTHOR_LABELS}; TruthfulQA: its authors' true and untrue answers",
        "this project's; Apache-2.0",
    ),
    "refusal": TrainingData(
        ["stored answers", "HH-RLHF harmless", "OpenAssistant samples", "our own examples"],
        AUTHOR_LABELS,
        "this project's; MIT; Apache-2.0",
    ),
    "premise": TrainingData(
        ["stored answers", "HH-RLHF harmless", "OpenAssistant samples", "our own examples"],
        AUTHOR_LABELS,
        "this project's; MIT; Apache-2.0",
    ),
    "full refusal": TrainingData(["the refusals among the same"], AUTHOR_LABELS, "this project's; MIT; Apache-2.0"),
    "helpful preference": TrainingData(["PandaLM"], "three people a pair, those with a majority", "Apache-2.0"),
    "harmless preference": TrainingData(["HH-RLHF harmless"], "one crowdworker a pair", "MIT"),
    "honest preference": TrainingData(["TruthfulQA"], "its authors' true and untrue answers", "Apache-2.0"),
}


class FittedHeads(NamedTuple):
    """Heads and their cards, by name."""

    heads: dict[str, Head]
    cards: dict[str, HeadCard]


def fit_heads(material: Material, vectors: Vectors, report: Callable[[str], None]) -> FittedHeads:
    """All heads of FIT_SETTINGS, fitted on the training side of the material."""
    points, pairs = _points(material, vectors), _pairs(material, vectors)
    fitted = FittedHeads({}, {})
    for name, settings in FIT_SETTINGS.items():
        report(f"{name} …")
        if name in points:
            head = value_head(points[name], _blocks(points[name][0].x), settings, YES.get(name, "base rate"))
            rows = sum(len(p.y) for p in points[name])
        else:
            head = preference_head(pairs[name], _blocks(pairs[name].better), settings)
            rows = len(pairs[name].groups)
        fitted.heads[name] = head
        fitted.cards[name] = HeadCard(rows=rows, **TRAINED_ON[name]._asdict(), **head.calibration, **settings._asdict())
    return fitted


def _blocks(x: np.ndarray) -> dict[str, slice]:
    return input_blocks(x.shape[1])


def _points(material: Material, vectors: Vectors) -> dict[str, list[Points]]:
    """Training rows of each value head; the head is calibrated on the first set of its list."""
    own = training_replies(material.stored)
    refusals = [*training_replies(material.refusals), *own]
    examples = material.examples
    return {
        "helpful": [labelled_points(vectors, own, "helpful")],
        "harmless": [labelled_points(vectors, own, "harmless")],
        "honest": [
            labelled_points(vectors, own, "honest", AUTHOR_WEIGHT),
            truth_points(vectors, material.truthful),
        ],
        "refusal": [labelled_points(vectors, [*refusals, *examples], "refusal")],
        "premise": [premise_points(vectors, [*refusals, *examples])],
        "full refusal": [full_refusal_points(vectors, [*refusals, *examples])],
    }


def _pairs(material: Material, vectors: Vectors) -> dict[str, Pairs]:
    """Training pairs of each preference head."""
    return {
        "helpful preference": pair_inputs(vectors, material.helpful),
        "harmless preference": pair_inputs(vectors, material.harmless),
        "honest preference": pair_inputs(vectors, truth_pairs_in_turn(material.truthful)),
    }


class Read(NamedTuple):
    """What heads read: a model, by id and SHA-256 of its weights, and what of it."""

    model: str
    sha256: str
    inputs: str


def save_fitted(folder: Path, fitted: FittedHeads, name: str, version: int, read: Read) -> HeadsCard:
    """Write heads and card."""
    card = HeadsCard(
        name=name,
        version=version,
        reading_model=read.model,
        reading_model_sha256=read.sha256,
        inputs=read.inputs,
        command="python -m lib train-scorers DATA",
        date=datetime.now(UTC).date().isoformat(),
        weights_sha256="",
        packages={p: importlib.metadata.version(p) for p in ("scikit-learn", "torch", "transformers", "numpy")},
        heads=fitted.cards,
    )
    return save_heads(folder, card, fitted.heads)
