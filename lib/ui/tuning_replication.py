"""Whether the sets of several bases show the same pattern: their cross tables side by side, and what they share."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from lib.charts import cross_heatmap
from lib.domain import CRITERIA, Criterion
from lib.tuning.findings import Cell
from lib.tuning.replication import Side, rewards, rows_over_seeds, sides_by_set, tuned_on, verdict
from lib.tuning.sets import TuningSet
from lib.ui import cached, words
from lib.ui.tuning import short, short_names
from lib.ui.tuning_findings import cross_table


class Measured(NamedTuple):
    """A set that has been evaluated."""

    mine: TuningSet
    cells: Sequence[Cell]


def replication_section(measured: Mapping[str, Measured], others: Sequence[str]) -> None:
    """`measured`: by the sets' names; `others`: the names of those that have not been measured."""
    st.header("Does the pattern replicate?", anchor=False)
    if len(measured) < 2:
        known = f"Measured so far: {words.listed([*measured])}. " if measured else ""
        st.info(
            f"{known}Not measured yet: {words.listed(others)}. `python -m lib evaluate DATA` measures every set; then"
            " their cross tables stand here side by side.",
            icon=":material/hourglass_empty:",
        )
        return
    for column, (name, each) in zip(st.columns(len(measured)), measured.items(), strict=True):
        frame = cross_table(rows_over_seeds(rewards(each.cells), each.mine), short_names(each.mine))
        column.markdown(f"**{name}**")
        column.plotly_chart(
            cached.figure(cross_heatmap, frame),
            key=f"tuning_cross_{each.mine.base}",
            alt=f"Share of pairs in which the chosen reply gained more than the rejected one: {name}",
        )
    for line in agreements(measured):
        st.markdown(f"- {line}")
    st.caption(
        "Implicit reward, all pairs. Clear of chance: the whole 95% interval lies on one side of .50, and of several"
        " seeds that of each. The sets differ in their base, in what had been done to it, and in their recipe: what"
        " replicates holds in spite of that, and what does not may be due to any of these."
    )
    if others:
        st.caption(f"Not measured yet: {words.listed(others)}.")


def agreements(measured: Mapping[str, Measured]) -> list[str]:
    """One sentence a criterion: on which pairs the sets tuned on it lie on one side of chance."""
    rows = {name: rows_over_seeds(rewards(each.cells), each.mine) for name, each in measured.items()}
    out = []
    for criterion in CRITERIA:
        tuned = {name: tuned_on(criterion, each.mine, rows[name]) for name, each in measured.items()}
        parts = []
        for other in (criterion, *(c for c in CRITERIA if c != criterion)):
            sides = sides_by_set(tuned, other)
            if len(sides) > 1:
                parts.append(f"on {other} pairs {_told(sides)}")
        if parts:
            out.append(f"Tuned on **{criterion}** pairs{_variants(criterion, measured, tuned)}: {'; '.join(parts)}.")
    return out


def _told(sides: Mapping[str, Side]) -> str:
    clear = [name for name, side in sides.items() if side]
    side = sides[clear[0]] if clear else ""
    match verdict([*sides.values()]):
        case "same":
            return f"{'both' if len(sides) == 2 else f'all {len(sides)}'} come out **{side}** the labels"
        case "opposite":
            each = ", ".join(f"{name}: {sides[name]} the labels" for name in clear)
            return f"they **disagree** ({each})"
        case "open":
            return f"only {words.listed(clear)} {'is' if len(clear) == 1 else 'are'} clear of chance, {side} the labels"
        case _:
            return f"{'neither' if len(sides) == 2 else 'none'} is clear of chance"


def _variants(criterion: Criterion, measured: Mapping[str, Measured], tuned: Mapping) -> str:
    """Which adapter stands for the criterion, where a set has several tuned on it."""
    named = []
    for name, rows in tuned.items():
        cards = measured[name].mine.cards
        model = next((r.model for r in rows.values()), None)
        if model and sum(cards[s[0]].recipe.criteria == (criterion,) for s in measured[name].mine.tunings) > 1:
            named.append(f"{name}: {short(cards[model].recipe)}")
    return f" ({'; '.join(named)})" if named else ""
