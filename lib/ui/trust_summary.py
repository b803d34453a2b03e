"""The first table of the page on trust: what is checked, how often it is right, against what, and where it is met."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from lib.domain import CRITERIA, CheckKind
from lib.measures.stats import Interval, share
from lib.ui import takeaway
from lib.ui.trust_record import plain
from lib.validation.answer_key import KindRecord
from lib.validation.features import FeatureRecord
from lib.validation.obvious import ObviousRecord
from lib.validation.records import Record
from lib.validation.statements import JudgeRecord

_KINDS: dict[CheckKind, str] = {
    "pattern": "Checks by words and numbers",
    "feature": "Checks by a marked feature",
    "statement": "Checks by a statement that a model judges",
}


class Evidence(NamedTuple):
    """Every record that there is of something that stands on a screen."""

    kinds: Sequence[KindRecord]
    judge: JudgeRecord | None
    obvious: Sequence[ObviousRecord]
    features: Sequence[FeatureRecord]
    records: Sequence[Record]


class Row(NamedTuple):
    what: str
    right: str
    against: str
    met: str


def summary(evidence: Evidence) -> None:
    rows = [
        *_check_rows(evidence),
        *_judge_rows(evidence),
        *_record_rows(evidence.records),
        *_mark_rows(evidence),
        *_score_rows(evidence),
    ]
    if not rows:
        st.info("Nothing has been held to labels yet.", icon=":material/hourglass_empty:")
        return
    columns = ["What is checked", "How often it is right", "Against what", "Where you meet it"]
    frame = pd.DataFrame(rows, columns=columns)
    st.table(frame.set_index(columns[0]))
    takeaway.rows_as_csv(frame, "trust", "What is checked, and how often it is right")
    st.caption(
        "In brackets: 95% intervals. Our own labels are one author's, made blind to the model and to what the program"
        " had said. The details of each line are below."
    )


def _check_rows(evidence: Evidence) -> list[Row]:
    out = []
    for r in sorted(evidence.kinds, key=lambda r: -r.labels):
        right = f"{_of_100(r.precision)} ticks are right; of those that say the thing, {_of_100(r.recall)} are ticked"
        if r.precision is None or r.recall is None:
            right = f"too few cases to say ({r.checks} of this kind are labelled)"
        against = f"{r.labels:,} stored answers labelled by hand, for {r.checks} checks"
        met = "cards and grids; in headlines those that are right in 9 of 10"
        out.append(Row(_KINDS[r.kind], right, against, met))
    return out


def _judge_rows(evidence: Evidence) -> list[Row]:
    """The judge of statements on the labels of every check, whatever decides it: there are many more of these."""
    r = evidence.judge
    if r is None:
        return []
    told = f"{_of_100(r.precision)} ticks are right; it is sure of {100 * r.sure / r.labels:.0f} of 100 answers"
    against = f"{r.labels:,} stored answers labelled by hand, from cases that it had not seen"
    return [
        Row("The judge of statements", told, against, "cards and grids, for the few checks that words can't decide")
    ]


def _of_100(found: Interval | None) -> str:
    return "" if found is None else f"{100 * found.value:.0f} ({100 * found.low:.0f}–{100 * found.high:.0f}) of 100"


def _record_rows(records: Sequence[Record]) -> list[Row]:
    """The refusal label and the gate, each on the set that was drawn for it."""
    chosen = {
        "refusal": ("Refusal label", "every card"),
        "premise": ("Label: rejects the premise", "every card"),
        "incoherent": ("Not readable as language", "every card; such an answer is left out of counts"),
    }
    out = []
    for aspect, (what, met) in chosen.items():
        held = [r for r in records if r.aspect == aspect and r.seen == "never trained on" and "one author" in r.labels]
        if held:
            widest = max(held, key=lambda r: r.n)
            out.append(Row(what, plain(widest), f"{widest.n:,} texts: {widest.data}", met))
    return out


def _mark_rows(evidence: Evidence) -> list[Row]:
    if not evidence.features:
        return []
    shares = [100 * r.precision.value for r in evidence.features]
    sentences = sum(r.marked for r in evidence.features)
    right = f"{min(shares):.0f} to {max(shares):.0f} of 100 marks are right, by feature"
    return [Row("Marked features", right, f"{sentences} marked sentences read by hand", "marks in the answers")]


def _score_rows(evidence: Evidence) -> list[Row]:
    """One row a criterion and scorer, over all suites."""
    out = []
    for scorer in dict.fromkeys(r.scorer for r in evidence.obvious):
        for criterion in CRITERIA:
            mine = [r for r in evidence.obvious if (r.scorer, r.aspect) == (scorer, criterion)]
            scored, right, pairs = (sum(getattr(r, f) for r in mine) for f in ("scored", "right", "pairs"))
            found = share(right, scored)
            told = (
                "it scores none of them"
                if found is None
                else f"of the pairs that it scores it orders {_of_100(found)} right"
            )
            met = "cards" if mine and all(r.earned for r in mine) else "no card: experimental"
            out.append(Row(f"Score: {criterion} ({scorer})", told, f"{pairs} pairs that any reader orders", met))
    return out
