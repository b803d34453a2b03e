"""The teacher's console, on a device of their own: the steps, the time, who is in, which lines the projector shows."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from lib.store.sessions import AnswerRow, PersonRow
from lib.studies.screens import DOING
from lib.studies.tallies import Moment, lines
from lib.ui import class_hour, words


class Doing(NamedTuple):
    """What the buttons do."""

    open: Callable[[int, float | None], None]
    close: Callable[[int], None]
    lobby: Callable[[bool], None]
    show: Callable[[AnswerRow, bool], None]
    bars: Callable[[bool], None]
    earlier: Callable[[bool], None]
    end: Callable[[], None]


class Shown(NamedTuple):
    """What the projector shows beside the questions."""

    bars: bool  # while answers come in
    earlier: bool  # what earlier classes said


def console(now: Moment, is_open: bool, left: float | None, done: int, shown: Shown, doing: Doing) -> None:
    """Where the hour is, and the one next thing to do, in the largest button."""
    st.markdown(
        f"**{words.escaped(now.session.title)}** · code **{now.session.code}** · **{now.joined}** joined"
        + ("" if now.session.lobby else " (door closed)")
    )
    at = now.session.step
    if at >= 0:
        state = "open" if is_open else "closed"
        time = f", {int(left) // 60}:{int(left) % 60:02d} left" if left is not None else ""
        st.markdown(
            f"Step {at + 1} of {len(now.hour.steps)}, **{_name(now, at)}**: {state}{time}. {done} of {now.joined} done."
        )
        st.progress(done / now.joined if now.joined else 0.0)
    _steps(now, is_open, doing)
    _lines(now, doing)


def _steps(now: Moment, is_open: bool, doing: Doing) -> None:
    at, last = now.session.step, len(now.hour.steps) - 1
    minutes = st.number_input("Minutes for the step (0: until you close it)", 0, 60, 0, key="console_minutes")
    seconds = 60.0 * minutes or None
    with st.container(horizontal=True):
        if is_open:
            _button(f"Close “{_name(now, at)}”", f"close_{at}", lambda: doing.close(at))
        if at < last:
            _button(f"Open “{_name(now, at + 1)}”", f"next_{at}", lambda: doing.open(at + 1, seconds), first=True)
        if at >= 0 and not is_open:
            _button(f"Open “{_name(now, at)}” again", f"again_{at}", lambda: doing.open(at, seconds))
    if last:
        names = [f"{i + 1}. {_name(now, i)}" for i in range(last + 1)]
        with st.expander("Go to another step", icon=":material/list:"):
            to = names.index(st.selectbox("Step", names, index=max(at, 0), key=f"console_to_{at}"))
            _button("Open it", "jump", lambda: doing.open(to, seconds))


def _name(now: Moment, step: int) -> str:
    asked = now.hour.steps[step]
    return DOING[asked.kind] + (f" ({now.hour.part(asked).title})" if len(now.hour.parts) > 1 else "")


def _button(label: str, key: str, do: Callable[[], None], first: bool = False) -> None:
    """Does it before anything is drawn anew: the console draws itself every moment; no press may be lost to that.

    The key names the step, so that the second press of a double click can't mean the next step's button.
    """
    st.button(label, key=f"console_{key}", type="primary" if first else "secondary", on_click=do)


def _lines(now: Moment, doing: Doing) -> None:
    """What students typed: nothing of it is on the projector until it is ticked here."""
    if now.session.step < 0:
        return
    asked = now.hour.steps[now.session.step]
    typed = [a for q in asked.questions if q.kind == "line" for a in lines(q, now.of_step(now.session.step))]
    if typed:
        st.markdown("**Reasons.** Tick those that the projector may show.")
    for line in typed:
        ticked = st.checkbox(
            words.escaped(line.value),
            value=line.shown,
            key=f"console_line_{line.person}_{line.step}_{line.question}_{line.turn}",
        )
        if ticked != line.shown:
            doing.show(line, ticked)


def settings(now: Moment, people: Sequence[PersonRow], address: str, shown: Shown, doing: Doing) -> None:
    """What is set once: the door, what the projector shows, the links, the end."""
    with st.container(horizontal=True):
        st.link_button("Projector", class_hour.link(now.session.id, "projector"), icon=":material/cast:")
        st.link_button("Summary", class_hour.link(now.session.id, "summary"), icon=":material/summarize:")
    st.caption(f"Students: {address}/in and the code, or {address}/in/{now.session.code}")
    if (door := st.toggle("More students may join", value=now.session.lobby, key="console_lobby")) != now.session.lobby:
        doing.lobby(door)
    label = "The projector shows the bars while answers come in"
    if (bars := st.toggle(label, value=shown.bars, key="console_bars")) != shown.bars:
        doing.bars(bars)
    if (
        earlier := st.toggle("Earlier classes beside this one", value=shown.earlier, key="console_earlier")
    ) != shown.earlier:
        doing.earlier(earlier)
    named = [p for p in people if p.nickname]
    with st.expander(f"Who is in: {len(people)}, {len(named)} with a nickname", icon=":material/group:"):
        st.markdown(", ".join(words.escaped(p.nickname) for p in named) or "No nicknames.")
        st.caption("Nicknames are shown here only. They are in no file, and go when the hour is deleted.")
    with st.popover("End the hour", icon=":material/stop_circle:"):
        st.markdown("No more answers will count. The summary stays until you delete it.")
        if st.button("End it now", key="console_end"):
            doing.end()
            st.rerun()
