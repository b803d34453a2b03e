"""The part of the findings page that says whether a tuning changed the same things in another model."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lib.findings.replicated import Replicated
from lib.measures.stats import Interval
from lib.tuning.replication import Verdict
from lib.ui import takeaway, words

_SAID: dict[Verdict, str] = {
    "same": "the same way",
    "opposite": "opposite ways",
    "open": "clear in one alone",
    "chance": "clear in none",
}


def replication(rows: Sequence[Replicated]) -> None:
    """How many changes two sets or more share; nothing where no two have been labelled."""
    if not rows:
        return
    st.header("Does it hold for another model?", anchor=False)
    st.markdown(summary(rows))
    roots = list(dict.fromkeys(root for r in rows for root in r.changes))
    frame = pd.DataFrame(
        [
            {
                "tuned on": "all three" if len(r.criteria) == 3 else words.listed(r.criteria),
                "change in": r.aspect,
                "moved": _SAID[r.verdict],
            }
            | {root: _points(r.changes[root]) if root in r.changes else None for root in roots}
            for r in rows
        ]
    )
    takeaway.table(frame, "The same tuning of different models", "replication", hide_index=True)
    st.caption(
        "Changes of the corrected readers' labels, in points of 100, with 95% intervals over cases; clear where the"
        " interval leaves 0 out. The sets differ in their model, in what its makers had done to it, and in their"
        " recipe: what holds in both holds in spite of that, and what does not may be due to any of these."
    )


def summary(rows: Sequence[Replicated]) -> str:
    """How many of the changes go together, in words."""
    count = Counter(r.verdict for r in rows)
    many = max(len(r.changes) for r in rows)
    every = "both" if many == 2 else f"all {many}"
    return (
        f"Of {len(rows)} changes, **{count['same']} went the same way in {every}** and {count['opposite']} opposite"
        f" ways; {count['open']} were clear in one model alone, {count['chance']} in none."
    )


def _points(change: Interval) -> str:
    value, low, high = (
        f"{100 * x:+.0f}" if abs(x) >= 0.005 else f"{100 * x:+.1f}" for x in change.model_dump().values()
    )
    return f"{value} ({low} to {high})"
