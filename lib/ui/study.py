"""The parts of the study page: which studies there are, making one, how many people it needs, how they join."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

import streamlit as st

from lib.domain import CRITERIA, Pair, TrilemmaError
from lib.store.sessions import SessionRow
from lib.studies.definition import SCALES, Planned, Study, checked, questions, toml_text
from lib.studies.power import POWER, needed
from lib.studies.ratings import minutes
from lib.text import text_block
from lib.ui import words

_OWN = "Make your own"


def introduction(address: str | None) -> None:
    st.markdown(
        "Do people find tuned answers better, more human, more to be trusted, whether or not they are right? In a blind"
        " study people see two answers without names and say what they think. Half of them see the tuned one first."
    )
    if address is None:
        st.info(
            "Only this computer can take part now. Start the app with `make class` to let others in.",
            icon=":material/wifi_off:",
        )


def picked(studies: Sequence[Study], pairs: Mapping[tuple[str, str], Pair]) -> Study | None:
    """A study of the data folder, or one made here; None where what was entered is no study, which is said."""
    by_title = {s.title: s for s in studies}
    title = st.segmented_control(
        "Study", [*by_title, _OWN], default=next(iter(by_title), _OWN), required=True, key="study_which"
    )
    if title in by_title:
        return by_title[title]
    return _made(pairs)


def _made(pairs: Mapping[tuple[str, str], Pair]) -> Study | None:
    if not pairs:
        st.info(
            "There is no model here with its own base, so there is nothing to compare.", icon=":material/search_off:"
        )
        return None
    labels = {f"{p.tuned.label}, tuned from {p.base.label}": key for key, p in pairs.items()}
    title = st.text_input("Title that participants see", "Two short answers", key="study_title", max_chars=80)
    compares = st.text_area(
        "What they are told after the last item",
        "Each pair was one small language model before preference tuning and the same model after it.",
        key="study_compares",
        max_chars=600,
    )
    chosen = st.multiselect("Pairs of models", list(labels), default=list(labels)[:1], key="study_pairs")
    left, right = st.columns(2)
    preferences = left.pills(
        "Which answer is more …", CRITERIA, selection_mode="multi", default=CRITERIA, key="study_preferences"
    )
    scales = right.pills(
        "Each answer by itself, 1 to 7", list(SCALES), selection_mode="multi", default=list(SCALES), key="study_scales"
    )
    rely = left.toggle("Would you rely on it?", value=True, key="study_rely")
    attention = right.toggle("An item that shows whether questions are read", value=True, key="study_attention")
    a, b, c = st.columns(3)
    values = {
        "id": "own",
        "title": title,
        "compares": compares,
        "pairs": [labels[label] for label in chosen],
        "preferences": preferences,
        "scales": scales,
        "rely": rely,
        "attention": attention,
        "items": a.number_input("Items for each person", 2, 30, 8, key="study_items"),
        "most": b.number_input("Items in all", 2, 200, 24, key="study_most"),
        "target": c.number_input("People you aim for", 2, 5_000, 40, key="study_target"),
    }
    try:
        study = checked(values)
    except TrilemmaError as fault:
        st.error(words.escaped(str(fault)), icon=":material/error:")
        return None
    name, kind = f"{study.id}.toml", "application/toml"
    st.download_button(
        "Save as a file for the folder studies", toml_text(study), name, kind, key="study_toml", on_click="ignore"
    )
    return study


def design(planned: Planned, models: Mapping[str, str]) -> bool:
    """What people will be asked, how many people it takes, and whether it can begin."""
    study, count = planned.study, len(planned.items)
    if count < 2:
        st.warning(
            "Fewer than two cases have been answered by both models of these pairs, so nothing can be compared. Choose"
            " other pairs or cases.",
            icon=":material/search_off:",
        )
        return False
    persons, least = needed(study.effect, count, planned.each)
    st.markdown(
        f"**{count} items**, of which each person rates **{planned.each}**, {len(questions(study))} questions an item:"
        f" about {minutes(study)} minutes."
    )
    sought = f"a preference of {0.5 + study.effect:.0%} instead of 50%"
    assumed = "Two-sided at 5%, assuming that two ratings by one person, or of one item, correlate by 0.1."
    if persons is None:
        st.warning(
            f"To find {sought} with {POWER:.0%} power, at least {least} items are needed: with {count}, no number of"
            f" people is enough. {assumed}",
            icon=":material/functions:",
        )
    else:
        short = persons > study.target
        st.markdown(
            f"To find {sought} with {POWER:.0%} power takes **{persons} people**; you aim for {study.target}"
            + (", **which is too few**." if short else ".")
        )
        st.caption(assumed)
    compared = "; ".join(f"{models.get(t, t)} with {models.get(b, b)}" for b, t in study.pairs)
    with st.expander("What they will read", icon=":material/preview:"):
        st.caption(f"Compared: {compared}. Participants see no names.")
        for item in planned.items[:3]:
            st.html(text_block(item.prompt))
            for column, one in zip(st.columns(2, border=True), (item.base, item.tuned), strict=True):
                column.html(text_block(one.text))
        st.caption(f"{min(3, count)} of {count} items.")
    return True


def begin_button() -> bool:
    return st.button("Begin this study", type="primary", icon=":material/play_arrow:", key="study_begin")


def running(found: Sequence[SessionRow], now: float) -> None:
    if not found:
        return
    st.header("Your studies", anchor=False)
    for row in found:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            over = row.ended or now >= row.expires
            begun = f"{datetime.fromtimestamp(row.made):%d %b %Y}"
            state = "closed" if over else f"open, code {row.code}"
            st.markdown(f"**{words.escaped(row.title)}** · begun {begun} · {row.people} joined · {state}")
            st.link_button("Results", "/study?" + urlencode({"study": row.id}))


def head(row: SessionRow, planned: Planned, address: str, qr: bytes, is_open: bool, end: Callable[[], None]) -> None:
    """How people join, and closing it."""
    st.title(words.escaped(row.title), anchor=False)
    if not is_open:
        st.caption("Closed: no one else can take part.")
        return
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.markdown(
        f"Code **{row.code}**, or the link {address}/in/{row.code}. You aim for {planned.study.target} people."
    )
    right.image(qr, width=160)
    with left.popover("Close the study", icon=":material/stop_circle:"):
        st.markdown("Nobody more can answer. The results stay.")
        if st.button("Close it now", key="study_end"):
            end()
            st.rerun()


def delete(do: Callable[[], None]) -> None:
    with st.popover("Delete the study", icon=":material/delete:"):
        st.markdown("Everything that people answered will be gone for good.")
        if st.button("Delete everything of this study", key="study_delete"):
            do()
            st.rerun()


def gone() -> None:
    st.warning("This study has been deleted, or the link is incomplete.", icon=":material/search_off:")
    st.link_button("All studies", "/study")
