"""The address of a view: choices that the link alone holds, ids in links, the title of the tab.

Elsewhere widgets are bound to the link (`bind="query-params"`). Not here, for two reasons of Streamlit 1.67: such a
widget writes its label, where a link should carry an id; and whoever leaves a page with such choices has to press Back
twice to return to them.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lib.ui import words

NAME = "Trilemma"
_HELD = "held_by_the_link"  # in the visitor's session


def tab_title(*parts: str) -> None:
    """What the browser calls this view, in its tab, its history and its bookmarks."""
    st.set_page_config(page_title=" · ".join([*parts, NAME]))


def text(key: str, longest: int) -> dict[str, Any]:
    """What a text input is given so that the link holds its text."""
    return _held(key, st.query_params.get(key, "")[:longest], "")


def several(key: str, options: Collection[str]) -> dict[str, Any]:
    """What a choice of any number of options is given so that the link holds them; others than these are dropped."""
    return _held(key, [v for v in st.query_params.get_all(key) if v in options], [])


def one(key: str, options: Sequence[str]) -> dict[str, Any]:
    """What a choice of one option is given so that the link holds it; the first where the link holds none of them."""
    asked = st.query_params.get(key)
    return _held(key, asked if asked in options else options[0], options[0])


def switch(key: str) -> dict[str, Any]:
    """What a toggle is given so that the link holds it."""
    return _held(key, st.query_params.get(key) == "true", False)


def _held(key: str, value: Any, default: Any) -> dict[str, Any]:
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    _widgets()[key] = key, default
    return {"key": key, "on_change": _hold}


def _widgets() -> dict[str, tuple[str, Any]]:
    """What the link holds on this page: by its widget the key in the link, and what the page begins with."""
    visitor = get_script_run_ctx()
    page = visitor.page_script_hash if visitor else ""
    if st.session_state.get(_HELD, ("", {}))[0] != page:
        st.session_state[_HELD] = page, {}
    return st.session_state[_HELD][1]


def _hold() -> None:
    """Put every choice on the page into the link, as its widgets stand.

    Not the one that changed alone: a choice that follows fast upon another comes with a link that doesn't have the
    first yet, and would undo it.
    """
    for widget, (key, default) in _widgets().items():
        if widget not in st.session_state:
            continue
        value = st.session_state[widget]
        if not value or value == default:
            forget(key)
        else:
            st.query_params[key] = "true" if value is True else value


def forget(*keys: str) -> None:
    """Take choices out of the link."""
    for key in keys:
        st.query_params.pop(key, None)


def anew(shown: str, *keys: str) -> None:
    """Let the link alone say what the page begins with when one comes to it; `shown`: a widget that is always on it.

    Streamlit keeps choices bound to the link after their page, and the next link to it doesn't overrule them where it
    leaves them out or names what they begin with.
    """
    if shown not in st.session_state:
        for key in keys:
            st.session_state.pop(key, None)


def identified(asked: str, names: Mapping[str, str]) -> str | None:
    """The id that a link means: by itself, or by the title that links carried before; `names`: titles by id."""
    if asked in names:
        return asked
    return next((i for i, title in names.items() if title.casefold() == asked.strip().casefold()), None)


def asked_for(key: str, names: Mapping[str, str]) -> str | None:
    """The id in the link, the first where it names none, or None where it names what there is not."""
    asked = st.query_params.get(key)
    return identified(asked, names) if asked else next(iter(names), None)


def select(
    label: str,
    names: Mapping[str, str],
    key: str,
    place: DeltaGenerator | None = None,
    on_change: Callable[[], None] | None = None,
    instead: str | None = None,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> str | None:
    """A list of titles, of which the link carries the id; None where it names what there is not, or `instead`."""
    widget, chosen = _chosen(key, names, instead)
    (place or st).selectbox(
        label,
        list(names),
        index=None if chosen is None else 0,
        format_func=lambda i: names.get(i, i),
        key=widget,
        on_change=_take,
        args=(widget, on_change),
        placeholder="Not found: choose one",
        label_visibility=label_visibility,
    )
    return chosen


def select_known(label: str, names: Mapping[str, str], key: str) -> str:
    """The same where the page needs one: for a name that nothing has, the first in its place, and a word on it."""
    if asked_for(key, names) is None:
        gone, first = st.query_params[key], next(iter(names))
        st.warning(f"There is no {label.lower()} “{words.escaped(gone)}”. This is “{words.escaped(names[first])}”.")
        return select(label, names, key, instead=first) or first
    return select(label, names, key) or next(iter(names))


def pills(label: str, names: Mapping[str, str], key: str) -> str | None:
    """The same as pills, the label unseen."""
    widget, chosen = _chosen(key, names)
    st.pills(
        label,
        list(names),
        format_func=lambda i: names.get(i, i),
        key=widget,
        on_change=_take,
        args=(widget,),
        wrap=True,
        label_visibility="collapsed",
    )
    return chosen


def _chosen(key: str, names: Mapping[str, str], instead: str | None = None) -> tuple[str, str | None]:
    """The widget of a choice by title, and the id with which it stands."""
    chosen, widget = asked_for(key, names) or instead, f"{key}_chosen"
    st.session_state[widget] = chosen
    _widgets()[widget] = key, None
    return widget, chosen


def _take(widget: str, then: Callable[[], None] | None = None) -> None:
    if st.session_state[widget]:
        _hold()
        if then:
            then()


def plain_links(links: Iterable[tuple[str, str]]) -> None:
    """Links (address, words) that load their page anew.

    `st.page_link` to the page one is on leaves the old address in place, the page scrolled to its foot, and nothing
    for "back".
    """
    anchors = (f'<a href="{escape(where)}" target="_self">{escape(told)}</a>' for where, told in links)
    st.html(f'<div class="tri-links">{"".join(anchors)}</div>')
