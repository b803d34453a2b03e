"""What a set rewards, one set or two beside each other, and the same without some of its rows."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from lib import charts
from lib.preferences.marks import MARKS, NOT_MEASURED
from lib.preferences.profile import told as clear
from lib.preferences.records import Conflict, Preferences, Profile
from lib.preferences.told import odds_told, one_sided, opposed, percent
from lib.ui import cached, theme, words

PLAIN = {"displayModeBar": False}
_LABELS: Mapping[str, str] = {m.key: m.label for m in MARKS}
_DOING: Mapping[str, str] = {m.key: m.doing for m in MARKS}
WAYS = {
    "stock": "stock replies (chosen under more than five prompts)",
    "repeats": "repeated and contradictory pairs",
    "one": "all but one pair of each prompt",
    "refusals": "pairs in which a reply declines",
    "length": "pairs whose lengths differ by more than a fifth",
}


class View(NamedTuple):
    """What is shown of a set: all of it, or without some rows."""

    profile: Profile | None
    conflicts: Sequence[Conflict]
    dropped: str | None  # the way in which rows were left out
    kept: int


def choose_rows(mine: Preferences) -> View:
    """Which rows are left out; all counts below follow."""
    ways = {f"without {WAYS[f.key]} ({f.dropped:,})": f for f in mine.filtered if f.dropped}
    everything = View(mine.profile, mine.conflicts, None, mine.contents.comparisons if mine.contents else 0)
    if not ways:
        return everything
    every = "every row"
    chosen = st.selectbox(
        "Rows",
        [every, *ways],
        key="rows",
        bind="query-params",
        help="What the set would reward, and where criteria would conflict, without these rows.",
    )
    found = ways.get(chosen)
    return everything if found is None else View(found.profile, found.conflicts, found.key, found.kept)


def rewards(mine: Preferences, view: View, other: Preferences | None) -> None:
    if view.profile is None:
        st.info(
            f"Too few decided English pairs are left for a regression ({view.kept:,} rows; it takes 50).",
            icon=":material/info:",
        )
        return
    if other:
        _opposed(mine, other)
    frame = rows(mine, view.profile, other)
    series = [s for s in (mine.label, other.label if other else None) if s]
    st.plotly_chart(
        cached.figure(charts.odds, frame, series, theme.palette()),
        key="preferences_odds",
        config=PLAIN,
        alt="; ".join(
            f"{label}: {odds_told(w)}"
            for label, profile in (
                (mine.label, view.profile),
                (other.label if other else "", other.profile if other else None),
            )
            for w in (profile.weights if profile else ())
        ),
    )
    _explained(view.profile)
    with st.expander("Every mark, as numbers"):
        _table(view.profile)


def rows(mine: Preferences, profile: Profile, other: Preferences | None) -> pd.DataFrame:
    """label, series, value, low, high: a row a mark and set, the strongest rewarded first."""
    out = []
    order = [w.mark for w in sorted(profile.weights, key=lambda w: -w.odds.value)]
    second = other.profile if other else None
    order += [w.mark for w in second.weights if w.mark not in order] if second else []
    pairs = [(mine.label, profile.weights)] + ([(other.label, second.weights)] if other and second else [])
    for label, weights in pairs:
        by_mark = {w.mark: w for w in weights}
        for mark in order:
            if w := by_mark.get(mark):
                i = w.odds
                named = {"label": _LABELS[mark], "series": label}
                out.append(named | {"value": i.value, "low": i.low, "high": i.high, "place": order.index(mark)})
    frame = pd.DataFrame(out).sort_values(["place", "series"], kind="stable")
    return frame.drop(columns="place").reset_index(drop=True)


def _opposed(mine: Preferences, other: Preferences) -> None:
    apart = opposed(mine, other)
    if not apart:
        st.markdown("No mark is clearly rewarded in one of the two sets and clearly punished in the other.")
        return
    for a, b in apart[:3]:
        st.markdown(
            f"- In **{words.escaped(mine.label)}**, {words.escaped(odds_told(a))}; in **{words.escaped(other.label)}**,"
            f" {words.escaped(odds_told(b))}."
        )


def _explained(p: Profile) -> None:
    ceiling = f" · a model of every word: {percent(p.ceiling)}" if p.ceiling else ""
    of = f" of {p.ceiling_pairs:,} pairs" if p.ceiling and p.ceiling_pairs < p.comparisons else ""
    few = ", ".join(f"{_LABELS[m]} ({n})" for m, n in p.too_rare.items())
    rare = f" Too rare here to be told: {few}." if few else ""
    foreign = f" {p.not_english:,} pairs not in English are left out." if p.not_english else ""
    st.markdown(
        f"Choices told right on prompts not fitted to: **these marks {percent(p.accuracy)}** · the longer reply:"
        f" {percent(p.longest)}{ceiling}{of}. A coin gets 50%."
    )
    st.caption(
        f"One ridge logistic regression over {p.comparisons:,} decided pairs of {p.prompts:,} prompts: what differs"
        " between the two replies, all marks at once. A dot to the right of 1: of two replies alike but for this mark,"
        " the one that has it is chosen so many times as often; length is told for twice as many words, informal"
        " wording for 5 more in 100 words, the reading grade (Coleman-Liau) for 3 grades. Bars: 95% intervals, by"
        f" drawing whole prompts.{rare}{foreign} Not measured: {NOT_MEASURED}."
    )


def _table(p: Profile) -> None:
    sure = {w.mark for w in clear(p.weights)}
    frame = pd.DataFrame(
        [
            {
                "mark": _LABELS[w.mark],
                "a reply that": _DOING[w.mark],
                "times as often": None if one_sided(w) else w.odds.value,
                "low": None if one_sided(w) else w.odds.low,
                "high": None if one_sided(w) else w.odds.high,
                "standardised": w.standard.value,
                "clear": "yes" if w.mark in sure else "",
                "pairs that differ": w.differ,
                "raw: won": w.raw.value,
            }
            for w in p.weights
        ]
    )
    decimals = ("times as often", "low", "high", "standardised", "raw: won")
    numbers = {c: st.column_config.NumberColumn(format="%.2f") for c in decimals}
    st.dataframe(frame, hide_index=True, alt="Every mark of the regression", column_config=numbers)
    if any(map(one_sided, p.weights)):
        st.caption("No size is told of a mark that decides nearly every pair in which it differs: see *raw: won*.")
    csv = frame.to_csv(index=False)
    file, icon = "what-is-rewarded.csv", ":material/download:"
    st.download_button("As CSV", csv, file, "text/csv", key="preferences_csv", icon=icon, on_click="ignore")
