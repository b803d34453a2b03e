"""How far the checks and the scores can be trusted, in two plain tables: hand labels, and pairs that anybody orders."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.domain import CaseStudy
from lib.measures.stats import share
from lib.validation.answer_key import CheckRecord
from lib.validation.obvious import NEEDED, ObviousRecord


def checks(records: Collection[CheckRecord], cases: Mapping[str, CaseStudy]) -> None:
    """What is checked, and how often the checks are right."""
    st.subheader("The checks", anchor=False)
    known = [r for r in records if r.yes]
    if not known:
        st.info("No check has been held to hand labels yet.", icon=":material/hourglass_empty:")
        return
    yes, right = sum(r.yes for r in known), sum(r.right for r in known)
    no, missed = sum(r.no for r in records), sum(r.missed for r in records)
    precision = share(right, yes)
    assert precision is not None
    st.markdown(
        f"A check is decided by the words of an answer. We labelled {yes + no:,} stored answers by hand, blind to model"
        f" and to what the check had said. Of {yes:,} ticked answers **{right:,} are right** ({precision.value:.0%},"
        f" 95% interval {precision.low:.0%} to {precision.high:.0%}); of {no:,} crossed ones, {missed:,} had the thing"
        " all the same. A check that is right in fewer than 9 of 10 stands in no headline:"
        f" {sum(not r.trusted for r in known)} of {len(known)} don't."
    )
    st.caption(
        "The patterns were mended while stored answers were read, some of these among them, so on new answers they may"
        " do somewhat worse."
    )
    with st.expander("Every check", icon=":material/table:", key="every_check", on_change="rerun") as box:
        if box.open:
            st.dataframe(_every(records, cases), hide_index=True, alt="Each check against hand labels")


def _every(records: Collection[CheckRecord], cases: Mapping[str, CaseStudy]) -> pd.DataFrame:
    labels = {(c.id, k.key): (c.title, k.label) for c in cases.values() for k in c.checks}
    rows = [
        {
            "case": labels[key][0],
            "the answer ...": labels[key][1],
            "ticked and right": f"{r.right} of {r.yes}",
            "crossed but there": f"{r.missed} of {r.no}",
            "in headlines": "yes" if r.trusted else "no",
        }
        for r in records
        if (key := (r.case_id, r.check_key)) in labels
    ]
    return pd.DataFrame(rows)


def obvious(records: Sequence[ObviousRecord]) -> None:
    """Which scores have earned a place on cards."""
    st.subheader("Which scores stand on cards", anchor=False)
    if not records:
        st.info("No scorer has been tried on the obvious pairs, so no score stands on a card.", icon=":material/info:")
        return
    st.markdown(
        "Pairs of replies that any reader orders the same way: the right sum against a wrong one, kindness against an"
        f" insult, an answer against “no comment”. A scorer that orders fewer than {NEEDED:.0%} of those that it scores"
        " stands on no card; its values can be exported, and are experimental."
    )
    rows = [
        {
            "score": f"{r.aspect} ({r.scorer})",
            "pairs": r.suite,
            "ordered right": f"{r.right} of {r.scored} scored",
            "95% interval": "—" if r.low is None or r.high is None else f"{r.low:.0%}–{r.high:.0%}",
            "not scored": r.pairs - r.scored,
            "longer wins": f"{r.longest_right} of {r.pairs}",
            "on cards": "yes" if r.earned else "no",
        }
        for r in records
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Each score on the obvious pairs")
