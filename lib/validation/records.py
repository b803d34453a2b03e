"""Validity records: a scorer's agreement with people's labels, beside baselines, by kind of model, with abstention."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, f1_score, roc_auc_score

from lib.files import read_json, write_whole
from lib.measures.stats import Interval, interval

_BINS = 5
RECORDS = "*.json"  # the features have a folder of their own


class Bin(BaseModel):
    """Replies whose predicted probability lies between `low` and `high`."""

    low: float
    high: float
    n: int
    predicted: float
    observed: float


class CoverageStep(BaseModel):
    """Accuracy on the most confident share (`coverage`) of the replies."""

    coverage: float
    accuracy: float


class Baseline(BaseModel):
    """What a scorer without any learning reaches on the same rows."""

    name: str
    measure: str
    value: float


class Group(BaseModel):
    """Error rates on one kind of model's text."""

    name: str
    n: int
    positives: int
    missed: float | None  # of the positives
    false_alarms: float | None  # of the negatives
    f1: float | None = None
    baseline_f1: dict[str, float] = {}  # by the baseline's name


class Confusion(BaseModel):
    """Counts at the record's threshold."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int


class Record(BaseModel):
    """One scorer on one set, as data/validity keeps it."""

    model_config = ConfigDict(extra="forbid")

    aspect: str
    scorer: str
    data: str  # the set, in words
    kind: Literal["replies", "pairs"]
    labels: str  # whose
    seen: Literal["never trained on", "out of fold"]
    note: str = ""
    n: int
    base_rate: float | None = None
    threshold: float | None = None  # the value from which the scorer says yes, chosen on training rows
    accuracy: Interval
    auroc: Interval | None = None
    f1: Interval | None = None
    balanced_accuracy: Interval | None = None
    confusion: Confusion | None = None
    ece: float | None = None
    calibration: list[Bin] = []
    coverage: list[CoverageStep] = []
    abstained: int | None = None  # inside the shipped abstain band
    accuracy_outside_band: float | None = None
    baselines: list[Baseline] = []
    people: str = ""  # how far people agree among themselves
    groups: list[Group] = []

    @property
    def file_name(self) -> str:
        """Lower-case words of aspect and data, joined by hyphens."""
        judge = "judge " if self.scorer.startswith("judge") else ""
        return (
            "-".join(
                f"{judge}{self.aspect} {self.data}".lower()
                .replace(",", " ")
                .replace("/", " ")
                .replace("(", " ")
                .replace(")", " ")
                .split()
            )
            + ".json"
        )


def calibration_bins(probabilities: np.ndarray, labels: np.ndarray) -> tuple[list[Bin], float]:
    """Equally filled bins and the expected calibration error over them (Naeini et al. 2015).

    The error is the mean distance of predicted and observed rate, weighted by bin size, in [0, 1]. Shapes: (rows,).
    """
    order = np.argsort(probabilities, kind="stable")
    bins, error = [], 0.0
    for part in np.array_split(order, min(_BINS, len(order))):
        p, y = probabilities[part], labels[part]
        bins.append(
            Bin(
                low=float(p.min()),
                high=float(p.max()),
                n=len(part),
                predicted=float(p.mean()),
                observed=float(y.mean()),
            )
        )
        error += len(part) / len(order) * abs(float(p.mean() - y.mean()))
    return bins, error


def coverage_steps(confidence: np.ndarray, right: np.ndarray) -> list[CoverageStep]:
    """Accuracy on the most confident 100, 90, ... 20 % of the rows (risk-coverage curve). Shapes: both (rows,)."""
    order = np.argsort(-confidence, kind="stable")
    return [
        CoverageStep(coverage=share / 10, accuracy=float(right[order[: max(1, round(len(order) * share / 10))]].mean()))
        for share in range(10, 1, -1)
    ]


def replies_record(
    probabilities: np.ndarray,
    met: np.ndarray,
    groups: Sequence[str],
    band: tuple[float, float] | None,
    baselines: Mapping[str, np.ndarray],
    named: Mapping[str, str],
    kinds: Sequence[str] = (),
    threshold: float = 0.5,
) -> Record:
    """The record of a scorer that gives each reply a probability.

    Shapes: probabilities, met (people's labels, 1 or 0), groups (prompts) and kinds (whose text it is, or empty) all
    (replies,). `baselines`: name -> yes or no for each reply. `band`: values strictly inside count as abstained.
    `named`: the fields of the record that are words. A probability of at least `threshold` is a yes.
    """
    y, said = met.astype(bool), probabilities >= threshold
    tn, fp, fn, tp = map(int, confusion_matrix(y, said, labels=[False, True]).ravel())
    bins, ece = calibration_bins(probabilities, met)
    outside = np.ones(len(y), bool) if band is None else (probabilities <= band[0]) | (probabilities >= band[1])
    majority = np.full(len(y), y.mean() >= 0.5)

    def area(rows: np.ndarray) -> float:
        return float(roc_auc_score(y[rows], probabilities[rows])) if 0 < y[rows].sum() < len(rows) else np.nan

    found = {
        "n": len(y),
        "base_rate": float(y.mean()),
        "threshold": threshold,
        "accuracy": interval(lambda rows: float((said[rows] == y[rows]).mean()), groups),
        "auroc": interval(area, groups),
        "f1": interval(lambda rows: float(f1_score(y[rows], said[rows], zero_division=0.0)), groups),
        "balanced_accuracy": interval(lambda rows: _balanced(y[rows], said[rows]), groups),
        "confusion": Confusion(true_positive=tp, false_positive=fp, false_negative=fn, true_negative=tn),
        "ece": ece,
        "calibration": bins,
        "coverage": coverage_steps(np.abs(probabilities - threshold), said == y),
        "abstained": int((~outside).sum()) if band else None,
        "accuracy_outside_band": float((said == y)[outside].mean()) if band and outside.any() else None,
        "baselines": [
            Baseline(name=name, measure=measure, value=value)
            for name, guess in {**baselines, "always the majority": majority}.items()
            for measure, value in (
                ("F1", _f1(y, guess)),
                ("balanced accuracy", _balanced(y, guess)),
            )
        ],
        "groups": [_group(k, y, said, baselines, np.array(kinds) == k) for k in sorted(set(kinds))],
    }
    return Record.model_validate({**named, "kind": "replies", **found})


def _balanced(y: np.ndarray, said: np.ndarray) -> float:
    return float(balanced_accuracy_score(y, said)) if len(set(y.tolist())) > 1 else float("nan")


def _group(name: str, y: np.ndarray, said: np.ndarray, baselines: Mapping[str, np.ndarray], rows: np.ndarray) -> Group:
    y, said = y[rows], said[rows]
    return Group(
        name=name,
        n=len(y),
        positives=int(y.sum()),
        missed=float((~said[y]).mean()) if y.any() else None,
        false_alarms=float(said[~y].mean()) if (~y).any() else None,
        f1=_f1(y, said) if y.any() else None,
        baseline_f1={b: _f1(y, guess[rows]) for b, guess in baselines.items()} if y.any() else {},
    )


def _f1(y: np.ndarray, said: np.ndarray) -> float:
    return float(f1_score(y, said, zero_division=0.0))


def pairs_record(
    probabilities: np.ndarray,
    groups: Sequence[str],
    baselines: Mapping[str, float],
    band: tuple[float, float] | None,
    named: Mapping[str, str],
) -> Record:
    """The record of a scorer that gives the probability of people's order of each pair.

    Shapes: probabilities and groups (prompts) both (pairs,). `baselines`: name -> accuracy. `band`, `named`: as in
    `replies_record`.
    """
    right = probabilities > 0.5
    mirrored, labels = np.concatenate([probabilities, 1 - probabilities]), np.repeat([1.0, 0.0], len(probabilities))
    bins, ece = calibration_bins(mirrored, labels)
    outside = np.ones(len(right), bool) if band is None else (probabilities <= band[0]) | (probabilities >= band[1])
    found = {
        "n": len(right),
        "accuracy": interval(lambda rows: float(right[rows].mean()), groups),
        "ece": ece,
        "calibration": bins,
        "coverage": coverage_steps(np.abs(probabilities - 0.5), right),
        "abstained": int((~outside).sum()) if band else None,
        "accuracy_outside_band": float(right[outside].mean()) if band and outside.any() else None,
        "baselines": [Baseline(name=name, measure="accuracy", value=value) for name, value in baselines.items()],
    }
    return Record.model_validate({**named, "kind": "pairs", **found})


def write_records(folder: Path, records: Iterable[Record], judged: bool = False) -> None:
    """One file for each record, by atomic writes; then those of the same kind that are none of these are removed.

    The kinds: a judge's records (`judged`) and those of the other scorers.
    """
    texts = {r.file_name: r.model_dump_json(indent=1, exclude_defaults=True) + "\n" for r in records}
    for name, text in texts.items():
        write_whole(folder / name, lambda scratch, text=text: scratch.write_text(text, encoding="utf-8"))
    for old in folder.glob(RECORDS):
        if old.name.startswith("judge-") == judged and old.name not in texts:
            old.unlink()


def read_records(folder: Path) -> list[Record]:
    """All records of a folder. Raises TrilemmaError, naming file and field, where one cannot be read."""
    return [read_json(path, Record) for path in sorted(folder.glob(RECORDS))]
