"""Live runs that a visitor keeps or downloads, one among several and those kept before."""

import textwrap
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from lib.briefs.citations import Cited
from lib.briefs.document import Edition
from lib.domain import LiveRun, Model, Pair
from lib.runs.live import to_json
from lib.store.local import KeptRuns
from lib.ui import case as case_view
from lib.ui import live_link, words
from lib.ui.live import Evidence, finished

_MOST_KEPT = 50  # runs shown
_JUST_KEPT = "live_just_kept"  # ids of the runs that this visitor kept, whose links are shown beside their answers


def row(
    number: int,
    live: LiveRun,
    models: Mapping[str, Model],
    pairs: Sequence[Pair],
    evidence: Evidence,
    keep: Callable[[LiveRun], None],
) -> None:
    """Everything of one prompt among several."""
    finished(live, models, pairs, evidence, key=f"live_row_{number}")
    keep_and_download(live, keep, f"live_{number}")


def keep_and_download(live: LiveRun, keep: Callable[[LiveRun], None], key: str = "live") -> None:
    with st.container(horizontal=True):
        if st.button("Keep on this computer", key=f"{key}_keep", icon=":material/bookmark_add:"):
            keep(live)
            st.session_state.setdefault(_JUST_KEPT, set()).add(live.id)
            st.toast("Kept. You'll find it at the foot of this page.", icon=":material/bookmark_added:")
        st.download_button(
            "Download as JSON",
            to_json(live),
            f"trilemma-{live.date[:10]}-{live.id[:8]}.json",
            "application/json",
            key=f"{key}_download",
            icon=":material/download:",
            on_click="ignore",
        )
    if live.id in st.session_state.get(_JUST_KEPT, ()):
        live_link.link(live.id, f"{key}_result")
    st.caption(
        "The file holds the prompt, settings, seeds, hashes of the weights, package versions and answers. `python -m"
        " lib reproduce FILE` generates the answers again and compares them."
    )


def kept(
    found: KeptRuns,
    forget: Callable[[str], None],
    models: Mapping[str, Model],
    pairs: Sequence[Pair],
    evidence: Evidence,
) -> None:
    """The runs kept in this installation, newest first. `forget` deletes the run with an id."""
    for name in found.set_aside:
        st.warning(
            f"The file that held kept runs was damaged. It was set aside as data/local/{name}, and a new one begun.",
            icon=":material/warning:",
        )
    if found.unreadable:
        st.caption(f"Can't be read by this version, and left as they are: {', '.join(found.unreadable)}.")
    if not (runs := found.runs):
        return
    st.header("Kept runs", anchor=False)
    st.caption(f"{len(runs)} kept on this computer, newest first. Everyone who uses this installation can see them.")
    for live in runs[:_MOST_KEPT]:
        first_words = words.escaped(textwrap.shorten(live.prompt.text, 80, placeholder=" …"))
        label = f"{live.date[:16].replace('T', ' ')} — {first_words}"
        with st.expander(label, key=f"live_kept_{live.id}", on_change="rerun") as box:
            if not box.open:
                continue
            case_view.prompt_text(live.prompt)
            finished(live, models, pairs, evidence, key=f"live_kept_{live.id}")
            live_link.link(live.id, f"live_kept_{live.id}")
            st.download_button(
                "Download as JSON",
                to_json(live),
                f"trilemma-{live.id[:8]}.json",
                "application/json",
                key=f"live_get_{live.id}",
                on_click="ignore",
            )
            if st.button("Delete", key=f"live_forget_{live.id}", icon=":material/delete:"):
                forget(live.id)
                st.session_state.get(_JUST_KEPT, set()).discard(live.id)
                st.rerun()


def cited(live: LiveRun, address: str, edition: Edition) -> Cited:
    """How a run is cited: by its day and its prompt; the file that is downloaded is what can be looked up."""
    asked = textwrap.shorten(live.prompt.text, 80, placeholder=" …")
    title = f"Live run {live.id[:8]}: “{asked}”"
    return Cited("Live run of language models", f"run-{live.id[:8]}", title, address, edition)
