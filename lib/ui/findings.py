"""The parts of the findings page: the one finding and its picture, what could have been found, every number."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd
import streamlit as st

from lib import charts
from lib.domain import Model
from lib.findings.measures import NAMED
from lib.findings.records import Change, Comparison, Corrected, Found, Level
from lib.findings.told import Set, finding, level_name, tuning_name
from lib.findings.told import sets as sets
from lib.measures.stats import Interval
from lib.text import listed
from lib.ui import address, cached, takeaway, theme

_PANELS = {"helpful": "Helpful", "honest": "Honest", "harmless": "Harmless", "refusal": "Refuses"}
BY_LABELS, BY_CHECKS = "readers' labels", "answer key"
_NUMBERS = {
    "hide_index": True,
    "height": 320,
    "column_config": {
        c: st.column_config.NumberColumn(format="%.3f") for c in ("value", "low", "high", "scorers alone")
    },
}
_RINGS = " Where a tuning was trained with several seeds, the dot is their mean, and each ring below it one of them."


def none_made() -> None:
    st.warning(
        "Nothing has been measured over the library yet. `python -m lib findings` does it, once tuned models have"
        " stored answers beside those of the model they were tuned from.",
        icon=":material/hourglass_empty:",
    )


def stale_note(found: Found) -> None:
    if found.stale:
        st.warning(
            f"These findings were made on {found.library.date}. Answers, cases or labels have changed since:"
            " `python -m lib findings` makes them again.",
            icon=":material/update:",
        )


# ---- the one finding --------------------------------------------------------------------------


def headline(found: Found, mine: Set, names: Mapping[str, str]) -> None:
    st.markdown(f"## {finding(found, mine, names)}")


def choose_set(every: Sequence[Set]) -> Set:
    labels = {s.root.label: s for s in every}
    if len(labels) == 1:
        return every[0]
    return labels[st.segmented_control("Tuned from", list(labels), required=True, **address.one("set", list(labels)))]


def choose_tuning(mine: Set, models: Mapping[str, Model]) -> Comparison:
    """Which tuning of a set is looked at: from the root on most criteria until the visitor chooses."""
    labels = {tuning_name(c, models): c for c in mine.comparisons}
    start = list(labels).index(tuning_name(mine.headline, models))
    return labels[st.selectbox("Tuning", list(labels), index=start, key="tuning", bind="query-params")]


def default_reading(found: Found, mine: Set) -> str:
    return BY_LABELS if any(c.model in mine.models for c in found.library.corrected) else BY_CHECKS


def choose_reading(found: Found, mine: Set) -> str:
    """Whose reading the picture shows: people's labels where there are any of these models, or the answer key."""
    if default_reading(found, mine) == BY_CHECKS:
        return BY_CHECKS
    return (
        st.segmented_control(
            "Read by",
            [BY_LABELS, BY_CHECKS],
            default=BY_LABELS,
            required=True,
            key="read_by",
            bind="query-params",
            help="Our labels of a random part of the answers, carried over to all of them; or what the answer keys of"
            " the cases decide by words.",
        )
        or BY_LABELS
    )


def position_rows(found: Found, mine: Set, reading: str, aspect: str, names: Mapping[str, str]) -> pd.DataFrame:
    """label, value, low, high, start, seeds (each one's value): a row a model, the models before tuning first."""
    if reading == BY_LABELS:
        levels = {c.model: c for c in found.library.corrected if c.aspect == aspect}
    else:
        levels = {x.model: x for x in found.library.levels if x.measure == aspect}
    root = levels.get(mine.root.id)
    rows = []
    for model in mine.models:
        if model in levels:
            start = None if model == mine.root.id or root is None else root.mean.value
            seeds = levels[model].seeds
            rows.append({"label": names[model], **_edges(levels[model].mean), "start": start, "seeds": seeds})
    return pd.DataFrame(rows, columns=["label", "value", "low", "high", "start", "seeds"])


def positions(found: Found, mine: Set, reading: str, names: Mapping[str, str]) -> None:
    """One panel a criterion and one for refusals: each model with its interval, and an arrow from before tuning."""
    palette = theme.palette()
    for column, (aspect, title) in zip(st.columns(len(_PANELS)), _PANELS.items(), strict=True):
        rows = position_rows(found, mine, reading, aspect, names)
        with column:
            if rows.empty:
                st.caption(f"{title}: not measured")
                continue
            takeaway.chart(
                cached.figure(charts.positions, rows, palette.of(aspect), palette, title),
                key=f"findings_{aspect}",
                alt=f"{title}: "
                + "; ".join(f"{r['label']} {100 * r['value']:.0f}" for r in rows.to_dict("records"))
                + " of 100",
            )
    levels = found.library.corrected if reading == BY_LABELS else found.library.levels
    several = any(x.seeds for x in levels if x.model in mine.models)
    marks = f"Bars: 95% intervals over cases.{_RINGS if several else ''} Arrows start at {names[mine.root.id]}."
    if reading == BY_LABELS:
        mine_labels = [c for c in found.library.corrected if c.model in mine.models and c.aspect == "helpful"]
        counts = {
            "answers a model": {c.labels for c in mine_labels if not c.seeds},
            "answers over the seeds of a tuning": {c.labels for c in mine_labels if c.seeds},
        }
        readings = listed([f"{_span(of)} {what}" for what, of in counts.items() if of])
        alphas = [v for k, v in found.library.agreement.items() if k in _PANELS]
        agree = f" Two labellers agree at alpha {min(alphas):.2f} to {max(alphas):.2f}." if alphas else ""
        st.caption(
            f"We read {readings}, drawn at random, blind to model and score: 0 not met, 50 in part, 100 wholly."
            f" {_carried_over(mine_labels, names)} {marks}{agree}"
        )
    else:
        st.caption(
            "The share of what the answer keys look for that speaks for the criterion, averaged over prompts and cases;"
            f" refusals by a validated scorer. {marks}"
        )


def _carried_over(read: Sequence[Corrected], names: Mapping[str, str]) -> str:
    """How the labels stand for all answers of each model."""
    scored = sum(c.scored for c in read)
    alone = [names[c.model] for c in read if not c.scored]
    alone += ["some seeds"] if any(0 < c.scored < c.answers for c in read) else []
    told = (
        f"The learned scorers' means over {scored:,} answers are corrected by these labels (prediction-powered"
        " inference)."
        if scored
        else ""
    )
    if alone:
        told += f" Of {listed(alone)} the labels stand alone: no scorer has read the answers."
    return told.strip()


def _span(counts: Collection[int]) -> str:
    return f"{min(counts)}" if len(counts) == 1 else f"{min(counts)} to {max(counts)}"


# ---- what could have been found, and every number ---------------------------------------------


def detectable(found: Found) -> None:
    d = found.library.detectable
    power = {(p.answers, p.planted): p.supported for p in d.power}
    answers, planted = sorted({a for a, _ in power}), sorted({p for _, p in power})
    st.markdown(
        f"In a single case a shift has to be about **{100 * d.case:.0f} points** to be found four times out of five; in"
        f" the mean over the library about **{100 * d.library:.0f} points**. In made-up cases whose two criteria truly"
        " move apart, the verdict *supported* came out this often:"
    )
    frame = pd.DataFrame(
        [
            {"apart by": f"{100 * p:.0f} points each"}
            | {f"{a} answers a prompt": f"{100 * power[a, p]:.0f}%" for a in answers}
            for p in planted
        ]
    )
    takeaway.table(
        frame, "How often an opposition of a given size is found", "detectable", hide_index=True, width="content"
    )
    st.caption(
        "So *not shown* does not mean that there is none. Where nothing was moved apart, at most one made-up case in"
        " twenty came out *supported* (`python -m lib bench` repeats this)."
    )


def every_number(found: Found, models: Mapping[str, Model]) -> None:
    """All numbers over the library, as tables that can be taken away."""
    comparisons = {c.key: tuning_name(c, models) for c in found.library.comparisons}
    st.markdown("**By readers' labels**, corrected and, beside it, what the scorers alone would say")
    labelled = [
        {"what": x.aspect, "model": level_name(x, models)}
        | _edges(x.mean)
        | {"scorers alone": x.scores, "labels": x.labels, "answers": x.answers}
        for x in found.library.corrected
    ]
    labelled += [
        {"what": f"change: {x.aspect}", "model": comparisons[x.comparison]} | _edges(x.mean)
        for x in found.library.corrected_changes
    ]
    takeaway.table(
        pd.DataFrame(labelled), "The levels that readers' labels give each model", "readers-labels", **_NUMBERS
    )
    st.markdown("**By the answer key and what is marked in the answers**")
    measured = [
        {"what": NAMED[x.measure].label, "model": level_name(x, models)} | _edges(x.mean) | _of(x)
        for x in found.library.levels
    ]
    measured += [
        {"what": f"change: {NAMED[x.measure].label}", "model": comparisons[x.comparison]} | _edges(x.mean) | _of(x)
        for x in found.library.changes
    ]
    takeaway.table(
        pd.DataFrame(measured), "Every measure of every model, and its change with tuning", "findings", **_NUMBERS
    )


def _edges(interval: Interval) -> dict[str, float]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}


def _of(row: Level | Change) -> dict[str, str | int]:
    measure = NAMED[row.measure]
    return {"unit": measure.unit, "cases": row.cases, "counted on": measure.of}
