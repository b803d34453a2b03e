"""Class view: four steps, one to a screen, in type that the last row can read. The teacher's notes are elsewhere."""

from collections.abc import Callable

import streamlit as st

from lib.domain import CaseStudy, Prompt
from lib.ui import case as case_view

STEPS = ("Story", "Predict", "Reveal", "Discuss")
_STORY = ("The situation", "Who is affected")


def step() -> str:
    """Which step the class is at; the link carries it."""
    return (
        st.segmented_control(
            "Step",
            STEPS,
            default=STEPS[0],
            required=True,
            key="step",
            bind="query-params",
            label_visibility="collapsed",
            help="Story, predict, reveal, discuss.",
        )
        or STEPS[0]
    )


def screen(name: str, draw: Callable[[], None]) -> None:
    """One step in large type, with a button to the next."""
    with st.container(key="class_step"):
        draw()
    place = STEPS.index(name)
    if place + 1 < len(STEPS):
        following = STEPS[place + 1]
        icon = ":material/arrow_forward:"
        st.button(f"Next: {following}", key="next_step", type="primary", icon=icon, on_click=_go, args=(following,))


def _go(name: str) -> None:
    st.session_state["step"] = name


def story(study: CaseStudy) -> None:
    left, right = st.columns(2)
    for column, name in zip((left, right), _STORY, strict=True):
        column.header(name, anchor=False)
        column.markdown(study.sections[name])


def predict(study: CaseStudy, prompt: Prompt) -> None:
    """The prompt, and which criterion the class thinks will give."""
    case_view.prompt_text(prompt, study.needs_native_review)
    st.header("Which criterion will the answers give up?", anchor=False)
    st.pills(
        "Prediction",
        case_view.GIVEN_UP,
        selection_mode="multi",
        key=f"case_prediction_{prompt.id}",
        persist_state="page",
        label_visibility="collapsed",
    )


def discuss(study: CaseStudy, prompt: Prompt) -> None:
    """What the class had predicted, room for another opinion, and the questions."""
    case_view.revised(prompt)
    st.header("Questions for discussion", anchor=False)
    for number, question in enumerate(study.questions, start=1):
        st.markdown(f"{number}. {question.text}")


def notes_link(study: CaseStudy) -> None:
    """The door to the teacher's notes: a page of their own, for the teacher's own screen."""
    st.page_link(
        "pages/case.py",
        label="Teacher notes (open them on your own screen)",
        icon=":material/history_edu:",
        query_params={"case": study.id, "notes": "true"},
    )


def teacher_page(study: CaseStudy) -> None:
    """The notes of a case and its plans, sources and harms, with nothing for the class."""
    st.title(f"Teacher notes: {study.title}", anchor=False)
    st.markdown(study.summary)
    st.info(study.audience_note, icon=":material/info:")
    case_view.notes(study)
    case_view.look_for(study)
    case_view.limits(study)
    case_view.uses(study)
    case_view.sources(study)
