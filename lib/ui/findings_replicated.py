"""The part of the findings page that says whether a tuning changed the same things in another model."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lib.domain import CRITERIA
from lib.findings.replicated import Replicated
from lib.findings.told import VIRTUE
from lib.measures.stats import Interval
from lib.tuning.replication import Verdict
from lib.ui import takeaway, words

_SAID: dict[Verdict, str] = {
    "same": "the same way",
    "opposite": "opposite ways",
    "open": "clear in one alone",
    "chance": "clear in none",
}
_WHAT = {**VIRTUE, "refusal": "refusals"}


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
                "tuned on": _tuned_on(r),
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
    """Which changes go together, and how many do, in words."""
    count = Counter(r.verdict for r in rows)
    many = max(len(r.changes) for r in rows)
    every = "both" if many == 2 else f"all {many}"
    after: dict[str, list[str]] = {}
    for r in rows:
        if r.verdict == "same":
            rose = next(iter(r.changes.values())).value > 0
            what = f"{_WHAT.get(r.aspect, r.aspect)} {'rose' if rose else 'fell'}"
            after.setdefault(what, []).append(_tuned_on(r))
    shared = "; ".join(f"{what} after tuning on {words.listed(which)}" for what, which in after.items())
    told = f"In {every}, **{shared}**.\n\n" if shared else ""
    return told + (
        f"Of {len(rows)} changes, {count['same']} went the same way in {every} and {count['opposite']} opposite"
        f" ways; {count['open']} were clear in one model alone, {count['chance']} in none."
    )


def _tuned_on(row: Replicated) -> str:
    return "all three" if len(row.criteria) == len(CRITERIA) else words.listed(row.criteria)


def _points(change: Interval) -> str:
    value, low, high = (
        f"{100 * x:+.0f}" if abs(x) >= 0.005 else f"{100 * x:+.1f}" for x in change.model_dump().values()
    )
    return f"{value} ({low} to {high})"
