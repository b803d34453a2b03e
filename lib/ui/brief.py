"""The parts of the page on briefs: what is in it and in which order, its title and note, how it looks, the files."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from lib.briefs.document import Document, Paper
from lib.briefs.policy import DEFAULT_TITLE, MOST_ITEMS, MOST_NOTE, MOST_PAGES, MOST_TITLE, Wording
from lib.ui import takeaway, words

ITEM = "item"  # in the address, once for each item


def introduction() -> None:
    st.markdown(
        "Choose cases and findings, put them in order, and take away two to six pages: what was asked, what happened"
        " and how sure that is, what it does not show, the law, numbered sources. No language model writes in it;"
        " answers are quoted. The address of this page holds your choices, your title and your note: share it, and the"
        " brief can be made again."
    )


def items(known: Mapping[str, str]) -> list[str]:
    """What the brief holds, in order, as in the address. `known`: everything it could hold -> what it is called."""
    asked = list(dict.fromkeys(st.query_params.get_all(ITEM)))
    if unknown := [i for i in asked if i not in known]:
        named = ", ".join(f"“{words.escaped(i[:60])}”" for i in unknown)
        st.warning(f"Not in this library, and left out of the brief: {named}.", icon=":material/search_off:")
    chosen = [i for i in asked if i in known]
    if len(chosen) > MOST_ITEMS:
        st.warning(
            f"A brief holds at most {MOST_ITEMS} cases and findings; this address names {len(chosen)}. The first"
            f" {MOST_ITEMS} are shown.",
            icon=":material/content_cut:",
        )
        chosen = chosen[:MOST_ITEMS]
    st.header("In the brief", anchor=False)
    for place, item in enumerate(chosen):
        _row(chosen, place, known[item])
    _add(chosen, known)
    return chosen


def _row(chosen: Sequence[str], place: int, title: str) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.markdown(f"{place + 1}. {words.escaped(title)}", width="stretch")
    about = {"key_up": [*chosen], "key_down": [*chosen]}
    if place:
        about["key_up"][place - 1 : place + 1] = [chosen[place], chosen[place - 1]]
    if place + 1 < len(chosen):
        about["key_down"][place : place + 2] = [chosen[place + 1], chosen[place]]
    _button(row, "arrow_upward", f"Move up: {title}", f"up_{place}", about["key_up"], disabled=place == 0)
    last = place + 1 == len(chosen)
    _button(row, "arrow_downward", f"Move down: {title}", f"down_{place}", about["key_down"], disabled=last)
    _button(row, "close", f"Take out: {title}", f"out_{place}", [i for i in chosen if i != chosen[place]], False)


def _button(
    row: st.delta_generator.DeltaGenerator, icon: str, told: str, key: str, then: list[str], disabled: bool
) -> None:
    row.button(
        "",
        icon=f":material/{icon}:",
        help=told,
        key=f"brief_{key}",
        type="tertiary",
        on_click=_choose,
        args=(then,),
        disabled=disabled,
    )


def _add(chosen: Sequence[str], known: Mapping[str, str]) -> None:
    if len(chosen) == MOST_ITEMS:
        st.caption(f"Full: a brief holds at most {MOST_ITEMS} cases and findings.")
        return
    others = {title: i for i, title in known.items() if i not in chosen}
    st.selectbox(
        "Add a case or a finding",
        list(others),
        index=None,
        placeholder="Type a word of its title",
        key="brief_add",
        on_change=_added,
        args=(others, list(chosen)),
    )


def _added(others: Mapping[str, str], chosen: list[str]) -> None:
    if picked := st.session_state["brief_add"]:
        _choose([*chosen, others[picked]])
        st.session_state["brief_add"] = None


def _choose(chosen: list[str]) -> None:
    st.query_params[ITEM] = chosen


def wording() -> Wording:
    """The title and the note of the one who compiles the brief; they are in the address."""
    title = st.text_input("Title", key="title", bind="query-params", max_chars=MOST_TITLE, placeholder=DEFAULT_TITLE)
    note = st.text_area(
        "Your note (optional)",
        key="note",
        bind="query-params",
        max_chars=MOST_NOTE,
        height=110,
        help="Stands at the top in a frame, as the note of whoever compiled the brief. Plain text.",
    )
    # The address may hold more than the boxes let in.
    return Wording((title or "")[:MOST_TITLE], (note or "")[:MOST_NOTE])


def nothing_chosen() -> None:
    st.info("Add a case or a finding, and the brief appears here.", icon=":material/post_add:")
    st.page_link("pages/cases.py", label="Look through the cases", icon=":material/grid_view:")
    st.page_link("pages/findings.py", label="Look through the findings", icon=":material/insights:")


def downloads(make: Callable[[], Document], on: Paper, address: str) -> None:
    takeaway.document("The brief", make, "trilemma-brief", on)
    if address:
        with st.popover("Copy the link to this brief", icon=":material/link:"):
            st.code(address, language=None, wrap_lines=True)


def preview(pictures: Sequence[bytes], title: str) -> None:
    """Its pages as pictures."""
    number = len(pictures)
    st.header(f"How it looks: {number} page{'s' * (number != 1)}", anchor=False)
    if number > MOST_PAGES:
        st.warning(
            f"A brief should have at most {MOST_PAGES} pages. Take out a case, or shorten your note.",
            icon=":material/content_cut:",
        )
    for start in range(0, number, 2):
        for column, place in zip(st.columns(2), range(start, min(start + 2, number)), strict=False):
            with column.container(border=True):
                st.image(pictures[place], alt=f"Page {place + 1} of {number} of the brief “{title}”")
    st.caption("Pictures of the PDF. The HTML file holds the same in a form that screen readers read.")
