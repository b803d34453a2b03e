"""How far one scorer can be trusted on one set: in plain words first, then its numbers."""

import pandas as pd
import streamlit as st

from lib.charts import calibration_curve, coverage_curve
from lib.measures.stats import Interval
from lib.ui import takeaway
from lib.validation.records import Confusion, Record

_THING = {
    "incoherent": "unreadable texts",
    "refusal": "refusals",
    "premise": "replies that reject the premise",
    "helpful": "helpful replies",
    "harmless": "harmless replies",
    "honest": "honest replies",
}


def plain(record: Record) -> str:
    """The record in a sentence or two."""
    if record.kind == "pairs":
        agrees, longest = f"{100 * record.accuracy.value:.0f}", _baseline(record, "longest wins")
        return f"It agrees with people on {agrees} of 100 pairs (chance 50, longer reply {longest})."
    thing, c = _THING[record.aspect], record.confusion
    if c is None:
        return ""
    found = 100 * c.true_positive / max(1, c.true_positive + c.false_negative)
    alarms = 100 * c.false_positive / max(1, c.false_positive + c.true_negative)
    return f"Of 100 {thing} it finds {found:.0f}; it wrongly flags {alarms:.0f} of 100 others."


def verdict(record: Record) -> tuple[str, str]:
    """How strong the scorer is here, in a few words with their colour.

    By the low end of the interval: against chance, not against perfection.
    """
    found = record.accuracy if record.kind == "pairs" else record.auroc
    if found is None or found.low <= 0.5:
        return ("below chance" if found and found.high < 0.5 else "no better than chance"), "red"
    return ("strong", "green") if found.low >= 0.8 else ("fair", "blue") if found.low >= 0.65 else ("weak", "orange")


def _baseline(record: Record, name: str) -> str:
    return next((f"{100 * b.value:.0f}" for b in record.baselines if b.name == name), "?")


def with_interval(found: Interval | None) -> str:
    return "—" if found is None else f"{found.value:.2f} ({found.low:.2f}–{found.high:.2f})"


def record_card(record: Record, key: str) -> None:
    """One record: what it means, how sure, against what, and for whose text."""
    word, colour = verdict(record)
    with st.container(border=True, key=key):
        st.markdown(f"**{record.data}** :{colour}-badge[{word}]")
        st.markdown(plain(record))
        st.caption(
            f"n = {record.n:,} · labels: {record.labels} · {record.seen}"
            + (f" · {record.people}" if record.people else "")
        )
        if record.note:
            st.caption(record.note)
        with st.expander("Numbers", icon=":material/table:", key=f"{key}_numbers", on_change="rerun") as box:
            if box.open:
                numbers(record)


def numbers(record: Record) -> None:
    _measures(record)
    if record.confusion:
        _confusion(record, record.confusion)
    if record.groups:
        _groups(record)
    if record.abstained is not None:
        outside = (
            ""
            if record.accuracy_outside_band is None
            else f" Where it gives a score, it is right in {100 * record.accuracy_outside_band:.0f} of 100."
        )
        st.caption(f"In its band of doubt it gives no score: {record.abstained} of {record.n}.{outside}")
    _curves(record)


def _measures(record: Record) -> None:
    measures = {
        "accuracy": record.accuracy,
        "AUROC": record.auroc,
        "F1": record.f1,
        "balanced accuracy": record.balanced_accuracy,
    }
    rows = [
        {"measure": name, "scorer": with_interval(found), **_baselines(record, name)}
        for name, found in measures.items()
        if found
    ]
    alt = "Measures of the scorer with 95% bootstrap intervals, beside baselines"
    takeaway.table(pd.DataFrame(rows), hide_index=True, alt=alt, name=f"measures-{record.file_name}")
    st.caption("In brackets: the 95% interval of a bootstrap over prompts (1,000 draws).")


def _confusion(record: Record, found: Confusion) -> None:
    table = pd.DataFrame(
        {
            "": ["people: yes", "people: no"],
            "scorer: yes": [found.true_positive, found.false_positive],
            "scorer: no": [found.false_negative, found.true_negative],
        }
    )
    takeaway.table(table, hide_index=True, alt="Confusion matrix", name=f"confusion-{record.file_name}")
    says = (
        ""
        if record.threshold is None or record.threshold == 0.5
        else f" The scorer's value counts as a yes from {record.threshold:.2f} up, chosen on training rows."
    )
    st.caption(f"Share of yes among people's labels: {100 * (record.base_rate or 0):.0f}%.{says}")


def _groups(record: Record) -> None:
    frame = pd.DataFrame(
        [
            {
                "text of": g.name,
                "n": g.n,
                "yes by people": g.positives,
                "missed": _share(g.missed),
                "false alarms": _share(g.false_alarms),
                **({} if g.f1 is None else {"F1": f"{g.f1:.2f}"}),
                **{f"F1, {name}": f"{value:.2f}" for name, value in g.baseline_f1.items()},
            }
            for g in record.groups
        ]
    )
    takeaway.table(frame, hide_index=True, alt="Error rates by whose text it is", name=f"errors-{record.file_name}")
    st.caption("Where these error rates differ, part of any difference between these texts is the scorer's.")


def _curves(record: Record) -> None:
    left, right = st.columns(2)
    if record.calibration:
        with left:
            takeaway.chart(
                calibration_curve(record.calibration),
                key=f"cal_{record.file_name}",
                alt="Calibration: predicted against observed rate",
            )
            st.caption(
                f"Calibration. Expected calibration error {record.ece:.2f}. On the dotted line a value of .3 means 30"
                " of 100."
            )
    with right:
        takeaway.chart(
            coverage_curve(record.coverage),
            key=f"cov_{record.file_name}",
            alt="Accuracy on the surest part of the replies",
        )
        st.caption("Accuracy when the scorer may leave out what it is least sure of.")


def _baselines(record: Record, measure: str) -> dict[str, str]:
    return {b.name: f"{b.value:.2f}" for b in record.baselines if b.measure == measure}


def _share(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.0f}%"
