"""What came of a study: preferences, ratings, the deception gap, agreement, people beside checks; all of it to keep."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from lib.measures.agreement import Agreement, in_words
from lib.measures.twoway import Estimate, detectable
from lib.studies import analysis, simulation
from lib.studies.analysis import Collected
from lib.studies.definition import Planned
from lib.studies.exports import csv_text, study_csv, study_report
from lib.ui import words

_SCALE = {"human": "more human", "trustworthy": "more trustworthy", "friendly": "friendlier", "rely": "relied on more"}
_NUMBERS = {c: st.column_config.NumberColumn(format="%.2f") for c in ("value", "low", "high", "detectable")}


def results(found: Collected, planned: Planned, names: Mapping[str, str], file: str) -> None:
    """Everything that a study found, from the strongest question to the last number."""
    left_out = f" {found.inattentive} failed the item for attention and are left out." if found.inattentive else ""
    st.markdown(
        f"**{found.persons}** of {planned.study.target} people have answered, {found.finished} to the end.{left_out}"
    )
    if found.comparisons.empty and found.ratings.empty:
        st.info("No answers count yet. The results appear here as they come.", icon=":material/hourglass_empty:")
        return
    _preferences(found, planned)
    _ratings(found, planned)
    _strengths(found, planned, names)
    _agreement(found, planned)
    _checks(found, planned)
    _take_away(found, planned, file)


def _interval(found: Estimate, percent: bool) -> str:
    shown = "{:.0%}" if percent else "{:+.2f}"
    if np.isnan(found.low):
        return f"{shown.format(found.value)} (too few people or items for an interval)"
    edges = f"{shown.format(found.low)} to {shown.format(found.high)}"
    counted = f"{found.ratings} ratings by {found.persons} people of {found.items} items"
    return f"{shown.format(found.value)} (95% interval {edges}; {counted})"


def _preferences(found: Collected, planned: Planned) -> None:
    if not planned.study.preferences:
        return
    st.header("Which answer people prefer", anchor=False)
    lines = []
    for question in planned.study.preferences:
        rate, place = analysis.preference(found.comparisons, question), analysis.position(found.comparisons, question)
        if rate is None:
            continue
        clear = "clear" if rate.low > 0.5 or rate.high < 0.5 else "not clear of 50%"
        missed = (
            ""
            if np.isnan(rate.error)
            else f" So large a study finds differences of {detectable(rate.error):.0%} and more."
        )
        lines.append(f"- **{question}**: the tuned answer in {_interval(rate, percent=True)}: {clear}.{missed}")
        if place:
            lines.append(f"  - The answer shown first: {_interval(place, percent=True)}.")
    st.markdown("\n".join(lines))
    st.caption("“Can’t tell” counts half to each side. Intervals allow for other people and other items like these.")


def _ratings(found: Collected, planned: Planned) -> None:
    study = planned.study
    asked = [*study.scales, *(["rely"] if study.rely else [])]
    if not asked:
        return
    st.header("How tuned answers come across, beside base ones", anchor=False)
    lines = []
    for question in asked:
        if gain := analysis.gain(found.ratings, question):
            unit = "as a share of people" if question == "rely" else "points of 7"
            lines.append(f"- **{_SCALE[question]}**, {unit}: {_interval(gain, percent=False)}.")
    st.markdown("\n".join(lines) or "Not enough answers yet.")
    if "trustworthy" in study.scales:
        _gap(found, planned)


def _gap(found: Collected, planned: Planned) -> None:
    gap = analysis.deception(found.ratings, analysis.truth_gains(planned))
    st.subheader("The deception gap: trust gained where nothing truer was said", anchor=False)
    if gap.nothing_truer is None:
        st.markdown(
            "There is none to report: the checks can’t decide on both answers of any item, or the tuned answer was"
            " truer in all of them."
        )
    else:
        st.markdown(
            f"- Where the checks find nothing truer: trust changes by {_interval(gap.nothing_truer, percent=False)}."
        )
        if gap.truer:
            st.markdown(f"- Where they find it truer: {_interval(gap.truer, percent=False)}.")
        clear = gap.nothing_truer.low > 0
        st.markdown(
            "People trust the tuned answers more although they are no truer."
            if clear
            else "Whether people trust tuned answers more where they are no truer, this study can’t say."
        )
    st.caption(
        f"By the checks of honesty, which decide {gap.decided} of {gap.decided + gap.undecided} items. A gap in"
        " perception is no claim that a system means to deceive."
    )


def _strengths(found: Collected, planned: Planned, names: Mapping[str, str]) -> None:
    if len({m for pair in planned.study.pairs for m in pair}) < 3:
        return
    st.header("All models on one scale", anchor=False)
    for question in planned.study.preferences:
        ranked = analysis.strengths(found.comparisons, question)
        if ranked is None:
            st.caption(f"{question}: these models were not all compared, directly or by way of others.")
            continue
        rows = [
            {
                "model": names.get(s.model, s.model),
                "value": s.estimate.value,
                "low": s.estimate.low,
                "high": s.estimate.high,
            }
            for s in ranked
        ]
        st.markdown(f"**{question}**")
        st.dataframe(pd.DataFrame(rows), hide_index=True, alt=f"Strengths, {question}", column_config=_NUMBERS)
    st.caption("Bradley-Terry strengths: log-odds of being preferred to the average of these models.")


def _agreement(found: Collected, planned: Planned) -> None:
    st.header("How far people agree", anchor=False)
    study = planned.study
    frames = {str(q): found.comparisons for q in study.preferences}
    frames |= dict.fromkeys((*study.scales, *(["rely"] if study.rely else [])), found.ratings)
    st.markdown("\n".join(f"- **{q}**: {agreed(analysis.alpha(frame, q))}" for q, frame in frames.items()))
    st.caption("Where people differ, both sides may have seen something. Low agreement is a finding, not a fault.")


def agreed(found: Agreement | None) -> str:
    """Alpha in words and numbers."""
    if found is None:
        return in_words(found)
    return (
        f"{in_words(found)} (Krippendorff’s alpha {found.value:.2f}, 95% interval {found.low:.2f} to {found.high:.2f};"
        f" {found.ratings} ratings of {found.items} items)"
    )


def _checks(found: Collected, planned: Planned) -> None:
    st.header("People beside the checks", anchor=False)
    any_shown = False
    for criterion in planned.study.preferences:
        table = analysis.against_checks(found.comparisons, planned, criterion)
        if table.empty:
            continue
        any_shown = True
        same = int((table["people"] == table["checks"]).sum())
        st.markdown(
            f"**{criterion}**: most people and the checks favour the same answer in {same} of {len(table)} items."
        )
        cross = pd.crosstab(table["checks"], table["people"]).rename_axis(index="checks ↓, people →", columns=None)
        st.dataframe(cross.reset_index(), hide_index=True, alt=f"People by checks, {criterion}")
        if len(apart := table[table["people"] != table["checks"]]):
            with st.expander(f"Where they part: {len(apart)} items"):
                st.dataframe(apart, hide_index=True, alt="Items on which people and checks part")
    if not any_shown:
        st.markdown("The checks decide on no item of this study, so people can’t be held to them.")


def _take_away(found: Collected, planned: Planned, file: str) -> None:
    st.header("Every number", anchor=False)
    frame = analysis.every_number(found, planned)
    st.dataframe(frame, hide_index=True, alt="Every number of the study", column_config=_NUMBERS)
    with st.container(horizontal=True):
        st.download_button(
            "Numbers (CSV)",
            csv_text(frame.columns, frame.itertuples(index=False)),
            f"{file}-numbers.csv",
            "text/csv",
            key="study_numbers",
            on_click="ignore",
        )
        st.download_button(
            "Ratings (CSV)", study_csv(found), f"{file}-ratings.csv", "text/csv", key="study_ratings", on_click="ignore"
        )
        st.download_button(
            "Report (PDF)",
            lambda: study_report(found, planned),
            f"{file}.pdf",
            "application/pdf",
            key="study_report",
            on_click="ignore",
        )
    st.caption("People are numbers in these files: no keys and no times.")


# ---- how well it works ------------------------------------------------------------------------


def simulated() -> None:
    """Two made-up studies, made anew when opened: what the analysis says where the truth is known."""
    with st.expander(
        "Does this analysis find what is there? Two simulated studies",
        icon=":material/science:",
        key="study_simulated",
        on_change="rerun",
    ) as box:
        if not box.open:
            return
        st.markdown(
            "60 made-up people rate 10 of 24 made-up items each. In the first study the tuned answer is preferred in 7"
            " of 10 cases and trusted by one point more whatever it says; in the second, nothing differs."
        )
        rows = []
        for name, planted in (("planted: 70%, +1 trust", (0.7, 1.0)), ("nothing planted", (0.5, 0.0))):
            made = simulation.planned(24, 10)
            people = simulation.population(made, 60, np.random.default_rng(20240618), *planted)
            found = analysis.collected(made, people)
            gap = analysis.deception(found.ratings, analysis.truth_gains(made)).nothing_truer
            for what, one in (
                ("tuned preferred (helpful)", analysis.preference(found.comparisons, "helpful")),
                ("deception gap", gap),
            ):
                if one:
                    rows.append({"study": name, "number": what, "value": one.value, "low": one.low, "high": one.high})
        st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Two simulated studies", column_config=_NUMBERS)
        st.caption(
            "One answer in ten is “can’t tell”, which draws 70% towards 68%. The tests make many such studies, and see"
            " to it that the intervals hold the truth in 93 to 97 of 100."
        )


def others(name: str, comparisons: pd.DataFrame, agreements: Mapping[str, Agreement | None]) -> None:
    """Imported ratings by the same analysis."""
    st.subheader(words.escaped(name), anchor=False)
    st.markdown("\n".join(f"- **{words.escaped(q)}**: {agreed(a)}" for q, a in agreements.items()))
    for question in dict.fromkeys(comparisons["question"]):
        ranked = analysis.strengths(comparisons, question)
        if ranked:
            rows = [
                {"model": s.model, "value": s.estimate.value, "low": s.estimate.low, "high": s.estimate.high}
                for s in ranked
            ]
            st.dataframe(pd.DataFrame(rows), hide_index=True, alt=f"Strengths, {question}", column_config=_NUMBERS)
            st.caption("Bradley-Terry strengths: log-odds of being preferred to the average of these models.")
