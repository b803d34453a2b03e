"""Your weights: the reader weighs the three criteria, and sees which model comes first and which cases flip."""

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from lib import charts
from lib.domain import CRITERIA, Criterion, Model
from lib.findings.records import CaseShift, Comparison, Found
from lib.findings.told import Set
from lib.store.library import CaseRow
from lib.ui import cached, takeaway, theme
from lib.ui.findings import BY_LABELS
from lib.ui.findings_apart import link

_STEPS = 10  # of the triangle's side
_LEAST = 0.05  # of a weighted shift that decides which model did better in a case
_EVEN = dict.fromkeys(CRITERIA, 1 / len(CRITERIA))
Weights = Mapping[Criterion, float]  # adding up to 1


def introduction() -> None:
    st.markdown(
        "How much should each criterion count? Move the sliders, or choose a point of the triangle: the ranking of the"
        " models and the cases whose verdict turns follow. **The weights are your value judgement.** Nothing here says"
        " which are right, and one number always hides what the three would show apart."
    )


def sliders() -> Weights:
    """The reader's weights: three sliders from 0 to 10, as shares of their sum; a point of the triangle sets them."""
    if point := st.session_state.pop("weights_point", None):
        for criterion, value in zip(CRITERIA, point, strict=True):
            st.session_state[f"w_{criterion}"] = value
    values = {
        c: column.slider(c.capitalize(), 0, _STEPS, 3, key=f"w_{c}", bind="query-params")
        for column, c in zip(st.columns(3), CRITERIA, strict=True)
    }
    total = sum(values.values())
    if not total:
        st.caption("All three at nothing counts as all three alike.")
        return _EVEN
    return {c: v / total for c, v in values.items()}


class Standing(NamedTuple):
    """Where a model stands on each criterion, 0 to 1."""

    model: str
    levels: Mapping[Criterion, float]

    def weighted(self, weights: Weights) -> float:
        return sum(weights[c] * self.levels[c] for c in CRITERIA)


def standings(found: Found, mine: Set, reading: str) -> list[Standing]:
    """The models of a set that have a level on all three criteria."""
    if reading == BY_LABELS:
        levels = {(c.model, str(c.aspect)): c.mean.value for c in found.library.corrected}
    else:
        levels = {(x.model, x.measure): x.mean.value for x in found.library.levels}
    return [
        Standing(m, {c: levels[m, c] for c in CRITERIA}) for m in mine.models if all((m, c) in levels for c in CRITERIA)
    ]


def ranking(every: Sequence[Standing], weights: Weights, names: Mapping[str, str]) -> None:
    """The models by their weighted level, beside what each criterion would say alone."""
    if not every:
        st.info("No model is measured on all three criteria.", icon=":material/hourglass_empty:")
        return
    order = sorted(every, key=lambda s: -s.weighted(weights))
    frame = pd.DataFrame(
        [
            {"place": i, "model": names[s.model], "weighted": s.weighted(weights)} | {c: s.levels[c] for c in CRITERIA}
            for i, s in enumerate(order, start=1)
        ]
    )
    takeaway.table(
        frame,
        hide_index=True,
        alt="Models by your weights",
        column_config={
            "weighted": st.column_config.ProgressColumn("by your weights", format="%.2f", min_value=0, max_value=1),
            **{c: st.column_config.NumberColumn(format="%.2f") for c in CRITERIA},
        },
    )


def triangle(every: Sequence[Standing], weights: Weights, names: Mapping[str, str]) -> None:
    """Which model comes first at each choice of weights, and where the reader stands."""
    if not every:
        return
    rows = []
    for a, b in itertools.product(range(_STEPS + 1), repeat=2):
        if a + b <= _STEPS:
            at = dict(zip(CRITERIA, (a / _STEPS, b / _STEPS, (_STEPS - a - b) / _STEPS), strict=True))
            rows.append({**at, "first": names[max(every, key=lambda s: s.weighted(at)).model]})
    grid = pd.DataFrame(rows)
    winners = [names[s.model] for s in every if (grid["first"] == names[s.model]).any()]
    palette = theme.palette()
    chosen = takeaway.chart(
        cached.figure(charts.weights, grid, dict(weights), winners, palette),
        key="weights_triangle",
        on_select="rerun",
        selection_mode="points",
        alt=f"Triangle of weights: {', '.join(winners)} come first somewhere. The sliders set the same weights.",
    )
    st.caption("Each dot is a choice of weights, in the colour of the model that comes first there. The star is yours.")
    if points := [p["customdata"] for p in chosen.selection.points if p.get("customdata")]:
        wanted = [round(_STEPS * w) for w in points[0]]
        if wanted != st.session_state.get("weights_taken"):
            st.session_state["weights_taken"] = st.session_state["weights_point"] = wanted
            st.rerun()


# ---- the cases that turn ----------------------------------------------------------------------


def _weighted(shift: CaseShift, weights: Weights) -> float | None:
    """The weighted shift of a case, over the criteria that its checks speak of; None where they weigh nothing."""
    told = {c: side.shift.value for c, side in shift.sides.items() if side.shift}
    total = sum(weights[c] for c in told)
    return sum(weights[c] * v for c, v in told.items()) / total if total > 0 else None


def _verdict(value: float | None) -> str:
    if value is None:
        return "says nothing"
    return "better after" if value > _LEAST else "worse after" if value < -_LEAST else "no difference"


def turned(
    shifts: Sequence[CaseShift],
    comparison: Comparison,
    weights: Weights,
    rows: Mapping[str, CaseRow],
    models: Mapping[str, Model],
) -> None:
    """How the cases come out by the reader's weights, and those that come out otherwise with all three alike."""
    verdicts = [
        (s, _verdict(_weighted(s, weights)), _verdict(_weighted(s, _EVEN))) for s in shifts if s.case_id in rows
    ]
    counted = {v: sum(mine == v for _, mine, _ in verdicts) for v in ("better after", "worse after", "no difference")}
    changed = [(s, mine, even) for s, mine, even in verdicts if mine != even]
    st.markdown(
        f"By your weights the answers got **better in {counted['better after']}** of {len(verdicts)} cases and **worse"
        f" in {counted['worse after']}**; {counted['no difference']} differ by less than {100 * _LEAST:.0f} points."
        f" **{len(changed)}** come out otherwise than with all three weighed alike{':' if changed else '.'}"
    )
    for shift, mine, even in sorted(changed, key=lambda c: -np.nan_to_num(abs(_weighted(c[0], weights) or 0)))[:12]:
        title = rows[shift.case_id].title
        st.page_link(
            "pages/case.py",
            label=f"{title}: {mine}; weighed alike, {even}",
            icon=":material/arrow_forward:",
            query_params=link(shift.case_id, comparison, models),
        )
    if len(changed) > 12:
        st.caption(f"And {len(changed) - 12} more.")
