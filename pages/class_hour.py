"""A class hour: begin one, lead it from the console, show it on the projector, look at it afterwards."""

import secrets
import time
from functools import partial

import streamlit as st

from lib.paths import paths
from lib.store import sessions as rows
from lib.store.sessions import AnswerRow
from lib.store.together import together
from lib.studies import session as studies
from lib.studies.hour import hour
from lib.studies.plan import hour_json
from lib.studies.tallies import Moment, earlier, moment
from lib.ui import cached, cards, class_console, class_hour, class_material, class_projector, class_summary, visitors
from lib.ui.class_console import Doing, Shown

cards.page_style()
visitors.teacher_only()
db = together(paths())
address = visitors.address() or visitors.own_address()


def chosen(name: str, default: bool) -> bool:
    return (rows.choice(db, name) or ("yes" if default else "no")) == "yes"


def choose(name: str, yes: bool) -> None:
    db.write(lambda con: rows.choose(con, name, "yes" if yes else "no")).result()


def shown(session: str) -> Shown:
    return Shown(chosen(f"bars:{session}", True), chosen(f"earlier:{session}", False))


def begin() -> None:
    st.title("Class hour", anchor=False)
    class_hour.introduction(visitors.address())
    if visitors.address():
        class_hour.readers(chosen(visitors.READERS, False), partial(choose, visitors.READERS))
    library = cached.case_rows()
    if not library:
        st.info("No cases are installed.", icon=":material/search_off:")
        return
    st.header("Begin an hour", anchor=False)
    if picked := class_hour.picked(library, cached.tours()):
        offered(*picked, {r.id: r.title for r in library})


def offered(title: str, case_ids: tuple[str, ...], titles: dict[str, str]) -> None:
    able = {c: offers for c in case_ids if (offers := class_material.offers(c))}
    class_hour.left_out([titles[c] for c in case_ids if c not in able])
    if not able:
        return
    picks = {c: class_hour.offer(o) if len(case_ids) == 1 else o[0] for c, o in able.items()}
    material = [m for c, pick in picks.items() if (m := class_material.chosen(c, pick))]
    for each in material:
        class_hour.preview(each)
    if material and class_hour.begin_button():
        made = hour(title, material, secrets.randbits(32))
        cases = [p.case_id for p in made.parts]
        new = studies.begin(db, "hour", title, cases, hour_json(made), studies.HOUR)
        st.query_params.update({"hour": new.id, "view": "console"})
        st.rerun()


def answered(now: Moment) -> int:
    """How many have answered every question of the step."""
    asked = {q.key for q in now.hour.steps[now.session.step].questions} if now.session.step >= 0 else set()
    mine: dict[int, set[str]] = {}
    for answer in now.of_step(now.session.step):
        mine.setdefault(answer.person, set()).add(answer.question)
    return sum(asked <= given for given in mine.values()) if asked else 0


def left(now: Moment) -> float | None:
    """Seconds until the step closes; None where it stays open or is closed."""
    until, moment_ = now.session.until, time.time()
    return until - moment_ if until is not None and now.session.takes_answers(moment_) else None


def doing(session: str) -> Doing:
    def show(line: AnswerRow, yes: bool) -> None:
        db.write(lambda con: rows.show_line(con, session, line, yes)).result()

    return Doing(
        open=lambda step, seconds: studies.open_step(db, session, step, seconds),
        close=lambda step: studies.close_step(db, session, step),
        lobby=lambda is_open: studies.set_lobby(db, session, is_open),
        show=show,
        bars=partial(choose, f"bars:{session}"),
        earlier=partial(choose, f"earlier:{session}"),
        end=lambda: studies.end(db, session),
    )


@st.fragment(run_every=1.5)
def console(session: str) -> None:
    if (now := moment(db, session)) is None:
        st.rerun()
        return
    is_open = now.session.takes_answers(time.time())
    class_console.console(now, is_open, left(now), answered(now), shown(session), doing(session))


@st.fragment(run_every=5.0)
def settings(session: str) -> None:
    if now := moment(db, session):
        class_console.settings(now, rows.people(db, session), address, shown(session), doing(session))


@st.fragment(run_every=1.0)
def projector(session: str) -> None:
    if (now := moment(db, session)) is None:
        st.rerun()
        return
    if now.session.ended or time.time() >= now.session.expires:
        class_projector.over(now)
    elif now.session.step < 0:
        class_projector.lobby(now, address, class_hour.qr(f"{address}/in/{now.session.code}"))
    else:
        class_projector.head(now, answered(now), left(now))
        compared = partial(earlier, db, now.session) if shown(session).earlier else None
        study = cached.case(now.hour.part(now.hour.steps[now.session.step]).case_id)
        is_open = now.session.takes_answers(time.time())
        class_projector.step(now, study, is_open, shown(session).bars, compared)


session_id = st.query_params.get("hour", "")
view = st.query_params.get("view", "console")
if not session_id:
    begin()
    class_hour.hours(rows.sessions(db, "hour"), time.time(), lambda s: (studies.delete(db, s), st.rerun())[0])
elif (here := moment(db, session_id, everything=view == "summary")) is None:
    class_hour.gone()
elif view == "summary":
    class_summary.summary(here, lambda: studies.delete(db, session_id))
elif view == "projector":
    projector(session_id)
elif here.session.ended or time.time() >= here.session.expires:
    st.info("This hour is over.", icon=":material/event_available:")
    st.link_button("Summary", class_hour.link(session_id, "summary"))
else:
    console(session_id)
    settings(session_id)
