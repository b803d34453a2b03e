"""The parts of the class hour's page before an hour begins: how students get in, what to begin, the hours there are."""

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlencode

import segno
import streamlit as st

from lib.domain import CaseStudy, Tour
from lib.store.library import CaseRow
from lib.store.sessions import SessionRow
from lib.studies.hour import Chosen
from lib.text import text_block
from lib.ui import case as case_view
from lib.ui import words
from lib.ui.class_material import Offer


def introduction(address: str | None) -> None:
    st.markdown(
        "Your students join on their phones with six letters: no account, no name. You open and close each step; the"
        " projector shows what the class thinks as it comes in."
    )
    if address is None:
        st.info(
            "Only this computer can join now. To let the room in, stop the app and start it with `make class` (or"
            " `python -m lib run --open`): it prints the address for students and your own secret link.",
            icon=":material/wifi_off:",
        )


def readers(allowed: bool, allow: Callable[[bool], None]) -> None:
    """Whether those without the teacher's link may read the library."""
    now = st.toggle(
        "Students may also read the library",
        value=allowed,
        key="class_readers",
        help="Cases, findings and foundations. Live prompts, kept runs and this page stay yours.",
    )
    if now != allowed:
        allow(now)


def picked(rows: Sequence[CaseRow], tours: Sequence[Tour]) -> tuple[str, tuple[str, ...]] | None:
    """A title and the ids of its cases: one case, or the stops of a tour."""
    kind = st.segmented_control("Teach", ("a case", "a tour"), default="a case", required=True, key="class_kind")
    if kind == "a tour" and tours:
        titles = {t.title: t for t in tours}
        tour = titles[st.selectbox("Tour", list(titles), key="class_tour")]
        st.caption(tour.note)
        known = {r.id for r in rows}
        return tour.title, tuple(c for c in tour.case_ids if c in known)
    titles = {r.title: r.id for r in rows}
    title = st.selectbox("Case", list(titles), key="class_case")
    return (title, (titles[title],)) if title else None


def offer(offers: Sequence[Offer]) -> Offer:
    """Which prompt, and which pair of models; the clearest difference comes first."""
    labels = {f"{o.prompt.label} · {o.pair.tuned.label}, tuned from {o.pair.base.label}": o for o in offers}
    name = st.selectbox(
        "Prompt and models",
        list(labels),
        key="class_offer",
        help="The first one shows the clearest difference between an untuned and a tuned model.",
    )
    return labels.get(name, offers[0])


def left_out(titles: Sequence[str]) -> None:
    if titles:
        st.warning(
            f"Left out, since no prompt has been answered by both a base model and one tuned from it:"
            f" {', '.join(titles)}.",
            icon=":material/playlist_remove:",
        )


def preview(chosen: Chosen) -> None:
    """The two answers as the class will see them, for the teacher to read first."""
    study: CaseStudy = chosen.study
    if study.sensitivity != "none":
        st.info(study.audience_note, icon=":material/info:")
    if study.sensitivity == "signposted":
        case_view.unedited_warning()
    with st.expander(
        f"Read first: what your class will see of *{words.escaped(study.title)}*", icon=":material/preview:"
    ):
        case_view.prompt_text(chosen.prompt)
        for column, response, side in zip(
            st.columns(2, border=True), (chosen.base, chosen.tuned), ("base", "tuned"), strict=True
        ):
            with column:
                st.markdown(f"**{words.escaped(chosen.models[response.model_id].label)}**, {side}")
                st.html(text_block(response.text or ""))
        st.caption(
            "The class sees them as A and B, in an order drawn for this hour, and without names until it revises."
        )


def begin_button() -> bool:
    return st.button("Begin this hour", type="primary", icon=":material/play_arrow:", key="class_begin")


def hours(found: Sequence[SessionRow], now: float, delete: Callable[[str], None]) -> None:
    """The hours of this installation, newest first."""
    if not found:
        return
    st.header("Your hours", anchor=False)
    for row in found:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.escaped(row.title)}** · {_when(row.made)} · {row.people} joined · {state(row, now)}")
            view = "summary" if row.ended or now >= row.expires else "console"
            st.link_button("Summary" if view == "summary" else "Go on", link(row.id, view))
            with st.popover("Delete", icon=":material/delete:"):
                st.markdown("The hour, who joined and every answer will be gone for good.")
                if st.button("Delete everything of this hour", key=f"class_delete_{row.id}"):
                    delete(row.id)


def state(row: SessionRow, now: float) -> str:
    if row.ended:
        return "over"
    return "expired" if now >= row.expires else f"open, code {row.code}"


def _when(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds):%d %b %Y, %H:%M}"


def link(session: str, view: str) -> str:
    return "/class_hour?" + urlencode({"hour": session, "view": view})


def gone() -> None:
    st.warning("This hour has been deleted, or the link is incomplete.", icon=":material/search_off:")
    st.link_button("All hours", "/class_hour")


def qr(url: str, scale: int = 8) -> bytes:
    """A QR code as PNG, dark on white on any page."""
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="png", scale=scale, border=3, dark="#10161f", light="#ffffff")
    return out.getvalue()
