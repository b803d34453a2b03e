"""Precision and recall of each marked feature, on English sentences that a person labelled."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from lib.domain import TrilemmaError
from lib.files import read_json, read_jsonl, write_whole
from lib.measures.stats import Interval, share
from lib.scoring.features import FEATURES, features

FOLDER = "features"  # in the folder of the validity records
_LABELS, _STRATA, _RECORDS = "labels.jsonl", "strata.json", "records.json"
_DRAWS = 4000
Stratum = Literal["marked", "candidate"]


class SentenceLabel(BaseModel):
    """One labelled sentence: characters [start, end) of a text.

    `drawn`: feature -> stratum, `marked` by the patterns, or unmarked and a `candidate` for a word from a wide list.
    `found`: those of these features that the labeller found in it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Literal["stored", "oasst"]
    text_sha: str
    run_id: str | None = None
    prompt_id: str | None = None
    sample: int | None = None
    start: int
    end: int
    drawn: dict[str, Stratum]
    found: list[str]


class FeatureRecord(BaseModel):
    """Precision and recall of one feature.

    `precision`: of the marked sentences, the share that have the feature (Wilson's interval). `recall`: of all
    sentences that have it, the share that is marked.
    """

    model_config = ConfigDict(extra="forbid")

    feature: str
    marked: int
    right: int
    precision: Interval
    candidates: int
    missed: int
    recall: Interval


def read_sentence_labels(folder: Path) -> list[SentenceLabel]:
    """All labels of sentences. Raises TrilemmaError, naming file and line, where one cannot be read."""
    return read_jsonl(folder / FOLDER / _LABELS, SentenceLabel, TrilemmaError, f"{FOLDER}/{_LABELS}")


def read_strata(folder: Path) -> dict[str, dict[Stratum, int]]:
    """Feature -> stratum -> number of sentences in it, from which the labelled ones were drawn."""
    return read_json(folder / FOLDER / _STRATA, dict[str, dict[Stratum, int]], f"{FOLDER}/{_STRATA}")


def drifted(labels: Iterable[SentenceLabel], texts: Mapping[str, str]) -> list[tuple[SentenceLabel, str]]:
    """The labelled sentences, with the feature, that today's patterns no longer mark as they did when drawn.

    `texts`: by `sha`; labels without a text are left out.
    """
    out, marks = [], {}
    for label in labels:
        if label.text_sha in texts:
            if label.text_sha not in marks:
                marks[label.text_sha] = features(texts[label.text_sha], "any view").spans
            here = {s.feature for s in marks[label.text_sha] if label.start <= s.start < label.end}
            out += [(label, f) for f, how in label.drawn.items() if (f in here) != (how == "marked")]
    return out


def feature_records(
    labels: Sequence[SentenceLabel], strata: Mapping[str, Mapping[Stratum, int]], seed: int = 20240618
) -> list[FeatureRecord]:
    """One record for each feature. Raises ZeroDivisionError where a stratum has no label.

    Recall weighs each stratum's rate by its size. Its interval is the middle 95 % of draws from both rates' posteriors
    (beta, with Jeffreys' prior: Brown, Cai and DasGupta 2001).
    """
    random = np.random.default_rng(seed)
    out = []
    for feature in FEATURES:
        counts = {}
        for stratum in ("marked", "candidate"):
            rows = [feature in label.found for label in labels if label.drawn.get(feature) == stratum]
            counts[stratum] = (sum(rows), len(rows))
        (right, marked), (missed, candidates) = counts["marked"], counts["candidate"]
        precision = share(right, marked)
        if precision is None:
            raise ZeroDivisionError(f"{feature}: no marked sentence is labelled")
        size = strata[feature]
        held = size["marked"] * right / marked
        lost = size["candidate"] * missed / candidates
        some = size["marked"] * random.beta(right + 0.5, marked - right + 0.5, _DRAWS)
        none = size["candidate"] * random.beta(missed + 0.5, candidates - missed + 0.5, _DRAWS)
        low, high = np.quantile(some / (some + none), (0.025, 0.975))
        out.append(
            FeatureRecord(
                feature=feature,
                marked=marked,
                right=right,
                precision=precision,
                candidates=candidates,
                missed=missed,
                recall=Interval(value=held / (held + lost), low=float(low), high=float(high)),
            )
        )
    return out


def write_feature_records(folder: Path, records: Iterable[FeatureRecord]) -> None:
    """Replace the records, by an atomic write."""
    text = json.dumps([r.model_dump() for r in records], indent=1) + "\n"
    write_whole(folder / FOLDER / _RECORDS, lambda scratch: scratch.write_text(text, encoding="utf-8"))


def read_feature_records(folder: Path) -> list[FeatureRecord]:
    """All records of features; empty where there are none. Raises TrilemmaError where one cannot be read."""
    path = folder / FOLDER / _RECORDS
    return read_json(path, list[FeatureRecord], f"{FOLDER}/{_RECORDS}") if path.exists() else []
