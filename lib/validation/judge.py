"""A judge model against the author's labels: what `python -m lib validate --judge` records."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from lib.domain import CRITERIA, Criterion, Model
from lib.scoring.heads import Heads
from lib.scoring.judge import Judge
from lib.validation.labels import LabelledReply
from lib.validation.material import Material, Vectors
from lib.validation.records import Record, replies_record
from lib.validation.subject import AUTHOR, OWN, Subject, about, headline

_ORDER = {0.0: 0.0, 0.5: 0.6, 1.0: 1.0}  # ratings 0 < 1 < 2 as values, so that 1 and 2 lie above the threshold of 0.5


def check_judge(
    material: Material,
    vectors: Vectors,
    heads: Heads,
    models: Sequence[Model],
    folder: Path,
    judge: Judge,
    report: Callable[[str], None],
) -> list[Record]:
    """The judge's record on each criterion, on the author-labelled stored answers.

    A rating of 1 or 2 counts as met; replies of the judge that hold no rating are left out and counted in the note.
    """
    subject = Subject(material, vectors, heads, {m.id: m for m in models}, folder)
    found: dict[Criterion, list[tuple[LabelledReply, float]]] = {c: [] for c in CRITERIA}
    unparsed = dict.fromkeys(CRITERIA, 0)
    for number, reply in enumerate(subject.own, start=1):
        case = material.cases[reply.case_id or ""]
        for score in judge(subject.prompts[reply.group], reply.exchange.text, case):
            if score.aspect in CRITERIA and reply.label.met(score.aspect) is not None:
                if score.value is None:
                    unparsed[score.aspect] += 1
                else:
                    found[score.aspect].append((reply, score.value))
        if number % 20 == 0:
            report(f"{number} of {len(subject.own)} answers judged")
    out = [_record(subject, judge, c, rows, unparsed[c]) for c, rows in found.items() if rows]
    for record in out:
        report(headline(record))
    return out


def _record(
    subject: Subject, judge: Judge, criterion: Criterion, rows: Sequence[tuple[LabelledReply, float]], unparsed: int
) -> Record:
    replies = [r for r, _ in rows]
    note = (
        f"{unparsed} of the judge's replies were no rating and are left out. Its ratings are no"
        " probabilities: read the order, not the calibration."
    )
    return replies_record(
        np.array([_ORDER[value] for _, value in rows]),
        np.array([float(bool(r.label.met(criterion))) for r in replies]),
        [r.group for r in replies],
        None,
        {},
        about(
            criterion,
            judge.scorer,
            f"{OWN}, judged by {judge.name}",
            f"{AUTHOR}: met at least in part, or not",
            note=note,
        ),
        subject.kinds(replies),
    )
