"""The case library as cards, as a table, as a map, and in tours."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote_plus

import pandas as pd
import streamlit as st

from lib import charts
from lib.case_shape import CLAIMS
from lib.domain import Tour
from lib.store import CaseRow
from lib.ui import words

_GROUPS = {
    "nothing": lambda r: "",
    "claim of the paper": lambda r: CLAIMS[r.claim],
    "conflict": lambda r: words.conflict(r.criteria),
    "domain": lambda r: r.domain,
}


def cards_by(rows: Sequence[CaseRow]) -> None:
    """Cards, three in a row, under a heading for each group."""
    chosen = st.segmented_control("Group by", list(_GROUPS), default="nothing", required=True, key="group", bind="query-params")
    name = _GROUPS[chosen or "nothing"]
    for heading in dict.fromkeys(map(name, rows)):
        members = [r for r in rows if name(r) == heading]
        if heading:
            st.subheader(f"{heading} ({len(members)})", anchor=False)
        for start in range(0, len(members), 3):
            for column, row in zip(st.columns(3), members[start : start + 3], strict=False):
                with column.container(border=True, height="stretch"):
                    _card(row)


def _card(row: CaseRow) -> None:
    st.markdown(f"**{row.number}. {row.title}**")
    st.markdown(words.criteria_badges(row.criteria))
    st.write(row.summary)
    st.caption(f"{CLAIMS[row.claim]} · {row.domain} · {row.prompts} prompts · {row.responses} answers of {row.models} models")
    if row.sensitivity != "none":
        st.caption(f":material/info: {words.SENSITIVITY[row.sensitivity]}")
    st.page_link("pages/case.py", label="Open", icon=":material/arrow_forward:", query_params={"case": row.title})


def table(found: Sequence[CaseRow]) -> None:
    """One case a row."""
    frame = pd.DataFrame(
        [
            {
                "case": f"/case?case={quote_plus(r.title)}",
                "title": r.title,
                "in plain words": r.summary,
                "criteria": ", ".join(r.criteria),
                "claim": CLAIMS[r.claim],
                "domain": r.domain,
                "languages": ", ".join(map(words.language, r.languages)),
                "answers": r.responses,
                "models": r.models,
            }
            for r in found
        ]
    )
    st.dataframe(
        frame,
        hide_index=True,
        row_height=60,
        column_config={
            "case": st.column_config.LinkColumn("open", display_text="open", width="small"),
            "in plain words": st.column_config.TextColumn(width="large"),
        },
        alt="The cases that fit, one a row",
    )


def library_map(rows: Sequence[CaseRow]) -> None:
    """How many cases there are of which conflict, in which domain and on which claim."""
    conflicts = [words.conflict(c) for c in (("helpful", "harmless"), ("helpful", "honest"), ("harmless", "honest"), ("helpful", "harmless", "honest"))]
    for title, name in (
        ("Conflicts by domain", lambda r: r.domain),
        ("Conflicts by claim of the paper", lambda r: CLAIMS[r.claim].split(":")[0].replace(" and ", "<br>and ")),
    ):
        frame = pd.DataFrame(0, index=sorted({name(r) for r in rows}), columns=conflicts)
        for row in rows:
            frame.loc[name(row), words.conflict(row.criteria)] += 1
        st.subheader(title, anchor=False)
        st.plotly_chart(
            charts.counts_grid(frame), key=title, config={"displayModeBar": False}, alt=f"{title}: number of cases in each cell, {len(rows)} in all"
        )
    st.caption(f"{len(rows)} cases, as filtered above. An empty cell means that no case is there yet, and not that there is no such conflict.")


def tours(every: Sequence[Tour], rows: Mapping[str, CaseRow]) -> None:
    for tour in every:
        with st.container(border=True):
            st.subheader(tour.title, anchor=False)
            st.write(tour.note)
            for number, case_id in enumerate((c for c in tour.case_ids if c in rows), start=1):
                st.page_link("pages/case.py", label=f"{number}. {rows[case_id].title}", query_params={"case": rows[case_id].title})
    if not every:
        st.info("No tours are written yet. They stand in `casestudies/tours.toml`.", icon=":material/search_off:")


def next_stops(every: Sequence[Tour], case_id: str, titles: Mapping[str, str]) -> None:
    """For each tour that comes by this case, the case after it."""
    for tour in every:
        stops = [c for c in tour.case_ids if c in titles]
        if case_id in stops[:-1]:
            place = stops.index(case_id)
            after = titles[stops[place + 1]]
            st.page_link(
                "pages/case.py",
                label=f"Next in \u201c{tour.title}\u201d ({place + 2} of {len(stops)}): {after}",
                icon=":material/arrow_forward:",
                query_params={"case": after},
            )
