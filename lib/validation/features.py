"""How far the marked features can be trusted: precision and recall of each, on English sentences that were read and labelled."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from scipy.stats import binomtest

from lib.domain import TrilemmaError
from lib.files import named_faults
from lib.measures.stats import Interval
from lib.scoring.features import FEATURES, features

FOLDER = "features"  # in the folder of the validity records
_LABELS, _STRATA, _RECORDS = "labels.jsonl", "strata.json", "records.json"
_DRAWS = 4000
Stratum = Literal["marked", "candidate"]


class SentenceLabel(BaseModel):
    """Characters [start, end) of a text: for which features the sentence was drawn, from what the patterns mark or from unmarked sentences that hold
    a word of a wide list, and which of these things a reader found in it."""

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
    """`precision`: of the marked sentences, the share that hold the thing (Wilson's interval). `recall`: of all that hold it, the share marked."""

    model_config = ConfigDict(extra="forbid")

    feature: str
    marked: int
    right: int
    precision: Interval
    candidates: int
    missed: int
    recall: Interval


def read_sentence_labels(folder: Path) -> list[SentenceLabel]:
    """Raises TrilemmaError, naming file and line, where a label cannot be read."""
    out = []
    for number, line in enumerate((folder / FOLDER / _LABELS).read_text(encoding="utf-8").splitlines(), start=1):
        try:
            out.append(SentenceLabel.model_validate_json(line))
        except ValidationError as fault:
            raise TrilemmaError(named_faults(f"{FOLDER}/{_LABELS}: line {number}", fault)) from fault
    return out


def read_strata(folder: Path) -> dict[str, dict[Stratum, int]]:
    """How many sentences of each kind the drawn ones stand for."""
    return json.loads((folder / FOLDER / _STRATA).read_text(encoding="utf-8"))


def drifted(labels: Iterable[SentenceLabel], texts: Mapping[str, str]) -> list[tuple[SentenceLabel, str]]:
    """The drawn sentences that the patterns of today mark otherwise than when they were drawn. `texts`: by their hash; labels without a text are left out."""
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
    """One record a feature. The interval of the recall is the middle 95 % of draws of both strata's rates (beta, with Jeffreys' prior)."""
    random = np.random.default_rng(seed)
    out = []
    for feature in FEATURES:
        counts = {}
        for stratum in ("marked", "candidate"):
            rows = [feature in label.found for label in labels if label.drawn.get(feature) == stratum]
            counts[stratum] = (sum(rows), len(rows))
        (right, marked), (missed, candidates) = counts["marked"], counts["candidate"]
        wilson = binomtest(right, marked).proportion_ci(method="wilson")
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
                precision=Interval(value=right / marked, low=float(wilson.low), high=float(wilson.high)),
                candidates=candidates,
                missed=missed,
                recall=Interval(value=held / (held + lost), low=float(low), high=float(high)),
            )
        )
    return out


def write_feature_records(folder: Path, records: Iterable[FeatureRecord]) -> None:
    rows = [r.model_dump() for r in records]
    (folder / FOLDER / _RECORDS).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def read_feature_records(folder: Path) -> list[FeatureRecord]:
    """Empty where there are none."""
    path = folder / FOLDER / _RECORDS
    if not path.exists():
        return []
    try:
        return [FeatureRecord.model_validate(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except ValidationError as fault:
        raise TrilemmaError(named_faults(f"{FOLDER}/{_RECORDS}", fault)) from fault
