"""The head that judges statements, fitted on the hand labels of the checks, and what it says out of fold."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from lib.domain import CaseStudy, StatementQuestion
from lib.files import digest
from lib.measures.stats import Interval, interval
from lib.scoring.heads import HeadCard
from lib.scoring.statements import HEAD, JUDGE, LAYER, SURE
from lib.validation.answer_key import CheckLabel, Judged, Labelled
from lib.validation.fit import FitSettings, Points, platt, points_out_of_fold, value_head
from lib.validation.heads import FittedHeads
from lib.validation.memory import Memory

SETTINGS = FitSettings(("states",), 1e-4)  # the penalty chosen out of fold
ReadStates = Callable[[Sequence[StatementQuestion]], np.ndarray]


class Fitted(NamedTuple):
    """The head with its card, and what heads like it say of each label out of fold."""

    heads: FittedHeads
    judged: list[Judged]


def fit_statements(labelled: Sequence[Labelled], cases: Iterable[CaseStudy], read: ReadStates) -> Fitted:
    """Fit the head on every label that a person could decide."""
    prompts = {p.id: p for c in cases for p in c.prompts}
    rows = [r for r in labelled if r.label.says is not None and r.label.prompt_id in prompts]
    asked = [StatementQuestion(prompts[r.label.prompt_id].messages[-1].content, r.text, r.label.label) for r in rows]
    points = Points(read(asked), np.array([float(bool(r.label.says)) for r in rows]), [r.label.case_id for r in rows])
    blocks = {"states": slice(0, points.x.shape[1])}
    head = value_head([points], blocks, SETTINGS)
    logits = points_out_of_fold([points], blocks, SETTINGS)[0]
    slope, offset = platt(logits, points.y)
    judged = [
        Judged(place=r.label.place, probability=round(float(p), 4))
        for r, p in zip(rows, expit(slope * logits + offset), strict=True)
    ]
    card = HeadCard(
        rows=len(rows),
        sets=["stored answers"],
        labels="labels by one author, blind to the model (data/validity/checks/labels.jsonl)",
        licence="this project's",
        **head.calibration,
        **SETTINGS._asdict(),
    )
    return Fitted(FittedHeads({HEAD: head}, {HEAD: card}), judged)


class JudgeRecord(BaseModel):
    """How far the judge agrees with hand labels, out of fold; intervals by a bootstrap over cases."""

    labels: int
    auroc: Interval
    sure: int  # of the labels, on how many it says yes or no
    ticked: int
    precision: Interval


def judge_record(judged: Sequence[Judged], labels: Iterable[CheckLabel]) -> JudgeRecord:
    said = {label.place: label.says for label in labels}
    rows = [(j, said[j.place]) for j in judged if said.get(j.place) is not None]
    p, y = np.array([j.probability for j, _ in rows]), np.array([bool(s) for _, s in rows])
    groups, yes = [j.place[0] for j, _ in rows], p >= SURE

    def area(k: np.ndarray) -> float:
        return float(roc_auc_score(y[k], p[k])) if 0 < y[k].sum() < len(k) else np.nan

    def precision(k: np.ndarray) -> float:
        return float(y[k][yes[k]].mean()) if yes[k].any() else np.nan

    return JudgeRecord(
        labels=len(rows),
        auroc=interval(area, groups),
        sure=int((yes | (p <= 1 - SURE)).sum()),
        ticked=int(yes.sum()),
        precision=interval(precision, groups),
    )


def states(read: ReadStates, memory: Path) -> Memory[StatementQuestion]:
    """The judge's states by question. `memory`: a cache file."""
    return Memory(read, lambda q: digest(list(q)), memory, at_once=100)


INPUTS = f"the state of {JUDGE} at layer {LAYER}, where a yes-no question about the answer ends"
