"""The case library as cards, as a table, as a map, and in tours."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from lib import charts
from lib.cases.shape import CLAIMS
from lib.domain import CaseStudy, Model, Tour
from lib.store.library import CaseRow
from lib.store.passages import SUMMARY
from lib.store.search import Place
from lib.ui import address, cached, happened, pickers, takeaway, words
from lib.ui import found as found_view
from lib.ui.card_facts import CardFacts

VIEWS = ("cards", "table", "map", "tours")
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


class Told(NamedTuple):
    """What cards tell besides a case's row: the facts by case, and how its prompts (by id) and models are called."""

    facts: Mapping[str, CardFacts]
    labels: Mapping[str, str]
    models: Mapping[str, Model]


def cards_by(rows: Sequence[CaseRow], told: Told, places: Mapping[str, Sequence[Place]]) -> None:
    """Cards, as many in a row as fit, under a heading for each group. `places`: where a search found each case."""
    chosen = st.segmented_control("Group by", list(_GROUPS), required=True, **address.one("group", list(_GROUPS)))
    name = _GROUPS[chosen or "nothing"]
    for number, heading in enumerate(dict.fromkeys(map(name, rows))):
        members = [r for r in rows if name(r) == heading]
        if heading:
            st.header(f"{heading} ({len(members)})", anchor=False)
        with st.container(key=f"gallery_{number}"):
            for row in members:
                with st.container(border=True, height="stretch"):
                    _card(row, told, places.get(row.id, ()))


def _card(row: CaseRow, told: Told, places: Sequence[Place]) -> None:
    # Few elements a card: there are several hundred on the page, and each costs time.
    summary = "" if any(p.name == SUMMARY for p in places) else f"\n\n{row.summary}"
    about = f"**{row.number}. {row.title}**\n\n{words.criteria_badges(row.criteria)}{summary}"
    if places:
        st.markdown(about)
        st.html(found_view.lines(places))
        st.markdown(_finding(row, told))
    else:
        st.markdown(f"{about}\n\n{_finding(row, told)}")
    answers = (
        f"{row.responses} answers from {row.models} model{'s' * (row.models != 1)}"
        if row.responses
        else "no stored answers"
    )
    st.caption(f"{_at_a_glance(row, told)}\n\n{CLAIMS[row.claim]} · {row.domain} · {row.prompts} prompts · {answers}")
    st.page_link("pages/case.py", label="Open", icon=":material/arrow_forward:", query_params={"case": row.id})


def _finding(row: CaseRow, told: Told) -> str:
    """The clearest difference of a case in words, or that none is clear or known."""
    facts = told.facts.get(row.id)
    if facts is None or not facts.compared:
        return ":material/insights: :small[No difference is put in words yet: no check is borne out by hand labels.]"
    if facts.clearest is None:
        return f":material/insights: :small[No clear difference in {facts.compared} comparisons.]"
    return f":material/insights: {happened.told_in_words(facts.clearest, told.labels, told.models)}"


def _at_a_glance(row: CaseRow, told: Told) -> str:
    """How long a case reads and whether it needs a warning."""
    facts = told.facts.get(row.id)
    minutes = f":material/schedule: {facts.minutes} min to read · " if facts else ""
    icon = "check" if row.sensitivity == "none" else "info" if row.sensitivity == "mild" else "warning"
    return f"{minutes}:material/{icon}: {words.SENSITIVITY[row.sensitivity]}"


def table(found: Sequence[CaseRow], places: Mapping[str, Sequence[Place]]) -> None:
    """One case a row; after a search also where it was found."""
    frame = pd.DataFrame(
        [
            {
                "case": f"/case?case={r.id}",
                "title": f"{r.number}. {r.title}",
                **({"found in": found_view.in_words(places.get(r.id, ()))} if places else {}),
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
    takeaway.table(
        frame,
        hide_index=True,
        row_height=104,  # five lines: the longest summary
        height=36 + 104 * min(6, len(found)) + 3,
        column_config={
            "case": st.column_config.LinkColumn("open", display_text="open", width=60),
            "title": st.column_config.TextColumn(width=150),
            "found in": st.column_config.TextColumn(width=330),
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
        st.header(title, anchor=False)
        chosen = takeaway.chart(
            cached.figure(charts.counts_grid, frame),
            key=f"map_{title}",
            on_select="rerun",
            selection_mode="points",
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
                query_params={"case": row.id},
            )


def tours(every: Sequence[Tour], rows: Mapping[str, CaseRow], told: Told) -> None:
    """Each tour with its stops as cards, in order."""
    if not every:
        st.info("There are no tours yet. They go in `casestudies/tours.toml`.", icon=":material/search_off:")
        return
    st.caption(
        "Each tour is shown in full: search and filters do not apply here. At the foot of each case is a link to the"
        " next stop."
    )
    for_class = st.toggle(
        "Open the cases in class view",
        help="Answers stay hidden until the class has predicted them.",
        **address.switch("tour_class"),
    )
    for number, tour in enumerate(every):
        st.header(tour.title, anchor=False)
        stops = [rows[c] for c in tour.case_ids if c in rows]
        minutes = sum(f.minutes for r in stops if (f := told.facts.get(r.id)))
        st.markdown(f"{tour.note} :gray-badge[{len(stops)} cases, {minutes} min to read]")
        with st.container(key=f"gallery_tour_{number}"):
            for place, row in enumerate(stops, start=1):
                with st.container(border=True, height="stretch"):
                    _stop(place, row, told, for_class)


def _stop(place: int, row: CaseRow, told: Told, for_class: bool) -> None:
    """A case as one stop of a tour."""
    query = {"case": row.id} | ({"class_view": "true"} if for_class else {})
    st.page_link("pages/case.py", label=f"{place}. {row.title}", query_params=query)
    st.markdown(f"{words.criteria_badges(row.criteria)}\n\n{row.summary}")
    st.caption(f"{_at_a_glance(row, told)} · {row.domain}")


def not_found(asked: str, near: Mapping[str, str], class_view: bool) -> None:
    """No case has this id or title; `near`: the titles of those that come nearest, by id."""
    address.tab_title("Not found", "Case")
    st.title("Case not found", anchor=False)
    st.markdown(f"There is no case “{words.escaped(asked)}”. The nearest:")
    _case_links([("", case_id, title) for case_id, title in near.items()], class_view)
    st.page_link("pages/cases.py", label="Search all cases", icon=":material/search:")


def where_next(every: Sequence[Tour], study: CaseStudy, titles: Mapping[str, str], class_view: bool) -> None:
    """From one case to the next stop of its tours and to related cases; `titles`: of all cases, by id."""
    st.header("Where next", anchor=False)
    _next_stops(every, study.id, titles, class_view)
    if linked := [("", slug, titles[slug]) for slug in study.see_also if slug in titles]:
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
            _case_links([("Next stop: ", stops[place], titles[stops[place]])], class_view)
        else:
            st.page_link(
                "pages/cases.py", label="All tours", icon=":material/signpost:", query_params={"view": "tours"}
            )


def _case_links(links: Sequence[tuple[str, str, str]], class_view: bool) -> None:
    """Links (words before, id and title of the case) from one case to others."""
    query = {"class_view": "true"} if class_view else {}
    address.plain_links(
        (f"case?{urlencode({'case': case_id} | query)}", before + title) for before, case_id, title in links
    )
