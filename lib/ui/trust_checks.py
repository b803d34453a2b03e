"""How far the checks and the scores can be trusted, in detail: hand labels, and pairs that anybody orders."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.domain import CRITERIA, CaseStudy, Score
from lib.measures.stats import share
from lib.scoring.statements import JUDGE
from lib.text import text_block
from lib.ui import takeaway, words
from lib.ui.value_bar import value_bar
from lib.validation.answer_key import CheckRecord
from lib.validation.earning import EarningRecord
from lib.validation.obvious import NEEDED, ObviousPair, ObviousRecord, PairValues

_WIDTHS = {"case": 230, "the answer ...": 420}  # pixels


def checks(records: Collection[CheckRecord], cases: Mapping[str, CaseStudy]) -> None:
    """How often the checks are right, one by one."""
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
    takeaway.table(
        _every(records, cases),
        hide_index=True,
        column_config={name: st.column_config.TextColumn(width=width) for name, width in _WIDTHS.items()},
        alt="Each check against hand labels",
    )


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


def obvious(
    records: Sequence[ObviousRecord],
    tried: Sequence[EarningRecord],
    pairs: Mapping[str, ObviousPair],
    values: Sequence[PairValues],
) -> None:
    """Which scores have earned a place on cards, what was tried, and the pairs that a score orders wrong.

    `pairs`: by id.
    """
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
    takeaway.table(pd.DataFrame(rows), hide_index=True, alt="Each score on the obvious pairs")
    if tried:
        _tried(tried)
    if values:
        _ordered_wrong(pairs, values)


def _tried(records: Sequence[EarningRecord]) -> None:
    """What a larger model makes of pairs that it was not fitted on, beside the best simple rule."""
    st.markdown("**What was tried to earn a place**")
    st.markdown(
        f"A larger model, `{JUDGE}`, read each reply after a question about the criterion, and a linear model on its"
        " hidden states was fitted on some sets of pairs and tried on another. A place on cards takes nine of ten"
        " obvious pairs, and more than the best simple rule (the longer or the shorter reply wins) on every set."
    )
    rows = [
        {
            "criterion": r.aspect,
            "tried on": r.held_out,
            "ordered right": f"{r.right.value:.0%} ({r.right.low:.0%}–{r.right.high:.0%}) of {r.pairs}",
            "best simple rule": f"{r.best_rule:.0%}",
            "fitted on": "; ".join(r.trained_on),
        }
        for r in records
    ]
    with st.container(key="wide_tried"):
        st.table(pd.DataFrame(rows).set_index("criterion"))
    takeaway.rows_as_csv(pd.DataFrame(rows), "tried", "What was tried to earn a place")


def _ordered_wrong(pairs: Mapping[str, ObviousPair], values: Sequence[PairValues]) -> None:
    """Pairs of one criterion that a scorer orders wrong, with its values."""
    st.markdown("**See where a score goes wrong**")
    aspect = st.pills("Criterion", CRITERIA, default=CRITERIA[0], required=True, key="trust_wrong", wrap=True)
    wrong = [v for v in values if v.ordered is False and v.pair in pairs and pairs[v.pair].aspect == aspect]
    if not wrong:
        st.caption("None of these pairs is ordered wrong.")
        return
    place = st.empty()
    number = st.pagination(len(wrong), key=f"trust_wrong_{aspect}")
    value = wrong[number - 1]
    pair = pairs[value.pair]
    place.caption(
        f"Pair {number} of {len(wrong)} that {value.scorer} orders wrong. Asked: {words.escaped(pair.prompt)}"
    )
    sides = (("Any reader's choice", pair.better, value.better), ("The other", pair.worse, value.worse))
    for column, (name, text, given) in zip(st.columns(2, border=True), sides, strict=True):
        with column:
            st.caption(name)
            st.html(text_block(text))
            value_bar(Score(pair.aspect, value.scorer, given, "scored", ""), "experimental")
