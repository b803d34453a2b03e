"""The numbers of a collection: answers, scores, preferences and measures, each with of how many and how sure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from lib.collections.records import Collection
from lib.collections.work import Measured
from lib.findings.measures import NAMED
from lib.measures.stats import Interval
from lib.store.collection import ModelRow
from lib.ui import words

if TYPE_CHECKING:
    from lib.ui.collected import MarkMean, WinChange, WinRate

_INTERVALS = "Intervals: 95 %, over prompts resampled whole (1,000 draws, fixed seed)."


def answers(mine: Collection, rows: Sequence[ModelRow]) -> None:
    st.subheader("Answers", anchor=False)
    table = [
        {
            "model": mine.label(r.model_id),
            "answers": r.answers,
            "prompts": r.prompts,
            "characters on average": r.mean_chars,
            "blank": r.empty,
            "failed": r.failed,
        }
        for r in rows
    ]
    one = {"characters on average": st.column_config.NumberColumn(format="%.1f")}
    st.dataframe(pd.DataFrame(table), hide_index=True, column_config=one, alt="Answers of each model")


def _edges(interval: Interval | None, scale: float = 1.0, value: str = "value") -> dict[str, float | None]:
    if interval is None:
        return {value: None, "low": None, "high": None}
    return {value: scale * interval.value, "low": scale * interval.low, "high": scale * interval.high}


def _numbers(digits: int = 3) -> dict:
    return {c: st.column_config.NumberColumn(format=f"%.{digits}f") for c in ("value", "low", "high")}


def preferences(mine: Collection, rates: Sequence["WinRate"], changes: Sequence["WinChange"]) -> None:
    if not rates:
        return
    st.subheader("Preferences that came with it", anchor=False)
    for c in changes:
        by = f" ({c.rater})" if c.rater else ""
        st.markdown(
            words.escaped(
                f"{mine.label(c.pair.base)} → {mine.label(c.pair.tuned)}: {100 * c.change.value:+.1f} points won"
                f" against {mine.label(c.other)}{by}, {100 * c.change.low:+.1f} to {100 * c.change.high:+.1f}, over"
                f" {c.prompts:,} prompts rated for both"
            )
        )
    table = [
        {
            "model": mine.label(w.model),
            "against": mine.label(w.other),
            "rater": w.rater or "all raters",
            **_edges(w.rate, 100, "wins, %"),
            "won": w.won,
            "lost": w.lost,
            "ties": w.ties,
            "failed ratings": w.failed,
            "prompts": w.prompts,
        }
        for w in rates
    ]
    two = {c: st.column_config.NumberColumn(format="%.2f") for c in ("wins, %", "low", "high")}
    st.dataframe(pd.DataFrame(table), hide_index=True, column_config=two, alt="How often each model was preferred")
    st.caption(
        f"A tie counts half; failed ratings are left out, and are no ties. A prompt rated several times counts once."
        f" {_INTERVALS}"
    )


def scores(mine: Collection, means: Sequence["MarkMean"]) -> None:
    if not means:
        return
    st.subheader("Scores that came with it", anchor=False)
    table = [
        {
            "scorer": m.row.scorer,
            "model": mine.label(m.row.model_id),
            **_edges(m.mean),
            "numbers": m.row.numbers,
            "labels": ", ".join(f"{k}: {n:,}" for k, n in list(m.row.labels.items())[:8]),
            "without a score": m.row.missing,
        }
        for m in means
    ]
    st.dataframe(
        pd.DataFrame(table), hide_index=True, column_config=_numbers(), alt="The scores that came with the answers"
    )
    st.caption(
        "On each scorer's own scale. Labels stay as they are: what a letter is worth only its scorer knows. Answers"
        f" without a score are left out of means. {_INTERVALS}"
    )


def measures(mine: Collection, found: tuple[Measured, bool] | None, command: bool) -> bool:
    """What we measure on the answers themselves; whether it is to be measured now."""
    st.subheader("What is in the answers", anchor=False)
    if found is None:
        st.caption(
            "Features, readability, length, variety and your checks, for each model, and their change in each pair."
        )
    else:
        if found[1]:
            st.warning("Answers, pairs or checks have changed since this was measured.", icon=":material/update:")
        _changes(mine, found[0])
        _levels(mine, found[0])
        if not any(x.measure == "refusal" for x in found[0].levels):
            st.caption(
                f"Refusals aren't scored yet: `python -m lib score --collection {mine.name}` does it with the validated"
                " scorer, some answers a second. Marked words of refusal stand on the cards."
            )
    if command:
        st.caption(f"This collection is large. Measure it with: `python -m lib findings --collection {mine.name}`")
        return False
    return st.button(
        "Measure" if found is None else "Measure again", key="collection_measure", icon=":material/insights:"
    )


def _changes(mine: Collection, found: Measured) -> None:
    clear = [c for c in found.changes if c.mean.low > 0 or c.mean.high < 0]
    label = {c.key: f"{mine.label(c.before)} → {mine.label(c.after[0])}" for c in found.comparisons}
    if not label:
        st.caption("No pair of models yet: say under *pairs and checks* which was tuned from which.")
        return
    table = [
        {
            "pair": label[c.comparison],
            "measure": NAMED[c.measure].label,
            **_edges(c.mean),
            "unit": NAMED[c.measure].unit,
            "prompts": c.cases,
            "counted on": NAMED[c.measure].of,
        }
        for c in clear
    ]
    st.markdown(f"**Changes with tuning whose interval holds no zero: {len(clear)} of {len(found.changes)} measured**")
    if table:
        st.dataframe(pd.DataFrame(table), hide_index=True, column_config=_numbers(), alt="What changed with tuning")
    st.caption(f"Of so many at once, about one in twenty would pass by chance alone. {_INTERVALS}")


def _levels(mine: Collection, found: Measured) -> None:
    with st.expander("Every measure of every model", icon=":material/table:"):
        table = [
            {
                "model": mine.label(x.model),
                "measure": NAMED[x.measure].label,
                **_edges(x.mean),
                "unit": NAMED[x.measure].unit,
                "prompts": x.cases,
            }
            for x in found.levels
        ]
        st.dataframe(pd.DataFrame(table), hide_index=True, column_config=_numbers(), alt="Every measure of every model")
