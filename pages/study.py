"""A blind study: begin one, let people join, and see what they perceive."""

import time

import streamlit as st

from lib.paths import paths
from lib.store import sessions as rows
from lib.store.together import together
from lib.studies import analysis
from lib.studies import session as studies
from lib.studies.definition import planned_json, read_studies
from lib.studies.imported import read_imported
from lib.studies.phone import study_of
from lib.ui import cached, cards, class_hour, study_material, study_results, visitors
from lib.ui import study as view

cards.page_style()
visitors.teacher_only()
db = together(paths())
address = visitors.address() or visitors.own_address()
names = {m.id: m.label for m in cached.models().values()}


def begin() -> None:
    st.title("Blind study", anchor=False)
    view.introduction(visitors.address())
    known = study_material.known_pairs()
    fitting = [s for s in read_studies(paths().studies) if set(s.pairs) <= known.keys()]
    study = view.picked(fitting, known)
    if study is None:
        return
    planned = study_material.planned(study)
    if view.design(planned, names) and view.begin_button():
        cases = sorted({i.case_id for i in planned.items})
        new = studies.begin(db, "study", study.title, cases, planned_json(planned), studies.STUDY)
        st.query_params["study"] = new.id
        st.rerun()


@st.fragment(run_every=10.0)
def results(session: str) -> None:
    if rows.by_id(db, session) is None:
        st.rerun()
        return
    planned = study_of(db, session)
    study_results.results(
        analysis.collected(planned, rows.answers(db, session)), planned, names, f"study-{session[:6]}"
    )


session_id = st.query_params.get("study", "")
here = rows.by_id(db, session_id) if session_id else None
if not session_id:
    begin()
    view.running(rows.sessions(db, "study"), time.time())
    imported = read_imported(paths().ratings)
    if imported:
        st.header("Ratings of others", anchor=False)
    for other in imported:
        study_results.others(other.name, other.comparisons, other.agreements)
    study_results.simulated()
elif here is None:
    view.gone()
else:
    is_open = here.takes_answers(time.time())
    qr = class_hour.qr(f"{address}/in/{here.code}")
    view.head(here, study_of(db, session_id), address, qr, is_open, lambda: studies.end(db, session_id))
    results(session_id)
    view.delete(lambda: studies.delete(db, session_id))
