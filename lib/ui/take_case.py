"""What can be taken away of a case: how to cite it, a hand-out, the teacher sheet, its files, a place in a brief."""

from functools import partial

import streamlit as st

from lib.domain import CaseStudy
from lib.ui import papers, takeaway


def tools(study: CaseStudy, for_class: bool) -> None:
    """Two small windows and a link. `for_class`: on a shared screen the teacher sheet isn't offered."""
    where = papers.case_address(study.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        takeaway.cite(takeaway.Cited("Case study", study.id, study.title, where, papers.edition()))
        with st.popover("Take away", icon=":material/download:", key="case_take", on_change="rerun") as window:
            if window.open:
                _documents(study, where, for_class)
        st.page_link(
            "pages/brief.py",
            label="Begin a brief with this case",
            icon=":material/description:",
            query_params={"item": [f"{papers.CASE}:{study.id}"]},
        )


def _documents(study: CaseStudy, where: str, for_class: bool) -> None:
    on = takeaway.paper("paper")
    printed = None
    if study.sensitivity == "signposted":
        printed = st.toggle(
            "Print the answers too",
            key="take_answers",
            help="The answers to this case are not for a class unseen: the hand-out leaves them out until you say so.",
        )
    handout = partial(papers.case_handout, study.id, where, printed)
    takeaway.document("Hand-out, two pages", handout, f"{study.id}-handout", on)
    if not for_class:
        sheet = partial(papers.case_teacher_sheet, study.id, where)
        takeaway.document("Teacher sheet", sheet, f"{study.id}-teacher", on)
    st.markdown("**The case as a file**")
    with st.container(horizontal=True):
        as_json = partial(papers.case_as_json, study.id, where)
        takeaway.file("JSON", as_json, f"{study.id}.json", "application/json")
        takeaway.file("Markdown", partial(papers.case_as_markdown, study.id), f"{study.id}.md", "text/markdown")
