"""The case library as cards, as a table, as a map, and in tours."""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote_plus, urlencode

import pandas as pd
import streamlit as st

from lib import charts
from lib.cases.shape import CLAIMS
from lib.domain import CaseStudy, Tour
from lib.store.library import CaseRow
from lib.ui import cached, pickers, words

_GROUPS = {
    "nothing": lambda r: "",
    "claim of the paper": lambda r: CLAIMS[r.claim],
    "conflict": lambda r: words.conflict(r.criteria),
    "domain": lambda r: r.domain,
}


def none_installed() -> None:
    st.warning("No cases are installed. The folder `casestudies/` is empty.", icon=":material/search_off:")


def none_fits() -> None:
    st.info("No case fits these filters. Remove one, or search for another word.", icon=":material/filter_alt_off:")
    st.button("Show all cases", icon=":material/filter_alt_off:", on_click=pickers.clear_filters)


def cards_by(rows: Sequence[CaseRow]) -> None:
    """Cards, three in a row, under a heading for each group."""
    chosen = st.segmented_control(
        "Group by", list(_GROUPS), default="nothing", required=True, key="group", bind="query-params"
    )
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
    # Few elements a card: there are several hundred on the page, and each costs time.
    st.markdown(f"**{row.number}. {row.title}**\n\n{words.criteria_badges(row.criteria)}\n\n{row.summary}")
    answers = (
        f"{row.responses} answers from {row.models} model{'s' * (row.models != 1)}"
        if row.responses
        else "no stored answers"
    )
    warning = f"\n\n:material/info: {words.SENSITIVITY[row.sensitivity]}" if row.sensitivity != "none" else ""
    st.caption(f"{CLAIMS[row.claim]} · {row.domain} · {row.prompts} prompts · {answers}{warning}")
    st.page_link("pages/case.py", label="Open", icon=":material/arrow_forward:", query_params={"case": row.title})


def table(found: Sequence[CaseRow]) -> None:
    """One case a row."""
    frame = pd.DataFrame(
        [
            {
                "case": f"/case?case={quote_plus(r.title)}",
                "title": f"{r.number}. {r.title}",
                "in plain words": r.summary,
                "conflict": words.conflict(r.criteria),
                "sensitivity": words.SENSITIVITY[r.sensitivity],
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
        row_height=104,  # five lines: the longest summary
        height=36 + 104 * min(6, len(found)) + 3,
        column_config={
            "case": st.column_config.LinkColumn("open", display_text="open", width=60),
            "title": st.column_config.TextColumn(width=150),
            "in plain words": st.column_config.TextColumn(width=430),
            "sensitivity": st.column_config.TextColumn(width=120),
            "claim": st.column_config.TextColumn(width=200),
        },
        alt="The cases that fit, one a row",
    )


def library_map(rows: Sequence[CaseRow]) -> None:
    """How many cases there are of each conflict, by domain and by claim; a click on a number lists them."""
    conflicts = [
        words.conflict(c)
        for c in (
            ("helpful", "harmless"),
            ("helpful", "honest"),
            ("harmless", "honest"),
            ("helpful", "harmless", "honest"),
        )
    ]
    st.caption(
        f"{len(rows)} cases, as filtered above. Choose a number (on a phone, tap it twice) to list its cases below the"
        " map. No number means that we have no such case yet, not that there is no such conflict."
    )
    for title, name in (
        ("Conflicts by domain", lambda r: r.domain),
        ("Conflicts by claim of the paper", lambda r: CLAIMS[r.claim].split(":")[0]),
    ):
        frame = pd.DataFrame(0, index=sorted({name(r) for r in rows}), columns=conflicts)
        for row in rows:
            frame.loc[name(row), words.conflict(row.criteria)] += 1
        st.subheader(title, anchor=False)
        chosen = st.plotly_chart(
            cached.figure(charts.counts_grid, frame),
            key=f"map_{title}",
            on_select="rerun",
            selection_mode="points",
            config={"displayModeBar": False},
            alt=f"{title}: number of cases for each, {len(rows)} in all. The table view lists the same cases.",
        )
        for point in chosen.selection.points:
            place, conflict = point["customdata"][:2]
            members = [r for r in rows if name(r) == place and words.conflict(r.criteria) == conflict]
            _listed(f"{place}, {conflict}", members)


def _listed(heading: str, members: Sequence[CaseRow]) -> None:
    with st.container(border=True):
        st.markdown(f"**{heading}**: {len(members)} case{'s' * (len(members) != 1)}")
        for row in members:
            st.page_link(
                "pages/case.py",
                label=f"{row.number}. {row.title}",
                icon=":material/arrow_forward:",
                query_params={"case": row.title},
            )


def tours(every: Sequence[Tour], rows: Mapping[str, CaseRow]) -> None:
    """Each tour with its stops, in order."""
    if not every:
        st.info("There are no tours yet. They go in `casestudies/tours.toml`.", icon=":material/search_off:")
        return
    st.caption(
        "Each tour is shown in full: search and filters do not apply here. At the foot of each case is a link to the"
        " next stop."
    )
    for_class = st.toggle(
        "Open the cases in class view",
        key="tour_class",
        bind="query-params",
        help="Answers stay hidden until the class has predicted them.",
    )
    for tour in every:
        with st.container(border=True):
            st.subheader(tour.title, anchor=False)
            st.write(tour.note)
            for number, row in enumerate((rows[c] for c in tour.case_ids if c in rows), start=1):
                query = {"case": row.title} | ({"class_view": "true"} if for_class else {})
                st.page_link("pages/case.py", label=f"{number}. {row.title}", query_params=query)
                st.caption(
                    f"{words.criteria_badges(row.criteria)} {row.domain}"
                    + (f" · {words.SENSITIVITY[row.sensitivity]}" if row.sensitivity != "none" else "")
                )


def where_next(every: Sequence[Tour], study: CaseStudy, titles: Mapping[str, str], class_view: bool) -> None:
    """From one case to the next stop of its tours and to related cases; `titles`: of all cases, by id."""
    st.subheader("Where next", anchor=False)
    _next_stops(every, study.id, titles, class_view)
    if linked := [("", titles[slug]) for slug in study.see_also if slug in titles]:
        st.caption("See also")
        _case_links(linked, class_view)


def _next_stops(every: Sequence[Tour], case_id: str, titles: Mapping[str, str], class_view: bool) -> None:
    """For each tour that comes by this case: which stop this is, and the one after it."""
    for tour in every:
        stops = [c for c in tour.case_ids if c in titles]
        if case_id not in stops:
            continue
        place = stops.index(case_id) + 1
        st.caption(
            f"Tour \u201c{tour.title}\u201d: stop {place} of {len(stops)}"
            + (", the last one" if place == len(stops) else "")
        )
        if place < len(stops):
            _case_links([("Next stop: ", titles[stops[place]])], class_view)
        else:
            st.page_link(
                "pages/cases.py", label="All tours", icon=":material/signpost:", query_params={"view": "tours"}
            )


def _case_links(links: Sequence[tuple[str, str]], class_view: bool) -> None:
    """Links (words before, title of the case) from one case to others.

    Plain links, as `st.page_link` to the page one is on leaves the old address in place, the page scrolled to its foot,
    and nothing for "back".
    """
    query = {"class_view": "true"} if class_view else {}
    anchors = (
        f'<a href="case?{escape(urlencode({"case": title} | query))}" target="_self">{escape(before + title)}</a>'
        for before, title in links
    )
    st.html(f'<div class="tri-links">{"".join(anchors)}</div>')
