"""A kept run on a page of its own, opened by its id in the link (`/live?run=...`)."""

from collections.abc import Callable, Sequence

import streamlit as st

from lib.domain import LiveRun
from lib.runs.live import to_json
from lib.ui import case as case_view
from lib.ui import papers, words

_RUN = "run"  # the parameter of the link
_ID = 32  # characters of a run's id


def linked_run() -> str | None:
    """The id of the run that the link names."""
    return st.query_params.get(_RUN)


def open_run(run_id: str) -> None:
    """Show this run alone; the link then names it."""
    st.query_params[_RUN] = run_id


def address_of(run_id: str) -> str:
    return papers.address("live", {_RUN: run_id}) or f"/live?{_RUN}={run_id}"


def link(run_id: str, place: str) -> None:
    """The address of a kept run, to copy, and the door to it. `place`: where on the page."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.code(address_of(run_id), language=None)
        st.button("Open this run", key=f"{place}_open", icon=":material/link:", on_click=open_run, args=(run_id,))


def one_run(run_id: str, kept: Sequence[LiveRun], draw: Callable[[LiveRun], None]) -> None:
    """One kept run, or that there is none of this id. `draw`: its answers."""
    live = next((r for r in kept if r.id == run_id), None)
    if live is None:
        st.warning(
            f"No run with the id “{words.escaped(run_id[:_ID])}” is kept on this computer. It may have been deleted, or"
            " was kept on another one.",
            icon=":material/search_off:",
        )
    else:
        st.header(f"Kept run of {live.date[:16].replace('T', ' ')}", anchor=False)
        with st.container(key="live_asked"):
            case_view.prompt_text(live.prompt)
        draw(live)
        st.download_button(
            "Download as JSON",
            to_json(live),
            f"trilemma-{live.id[:8]}.json",
            "application/json",
            key="live_one_download",
            icon=":material/download:",
            on_click="ignore",
        )
    st.button("All runs, and a prompt of your own", icon=":material/arrow_back:", key="live_all", on_click=_all_runs)


def _all_runs() -> None:
    st.query_params.pop(_RUN, None)
