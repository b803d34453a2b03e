"""The parts of a case's page: story, answers side by side, word diff, discussion, sources."""

from collections.abc import Sequence

import streamlit as st

from lib.cases.shape import CLAIMS
from lib.domain import CRITERIA, CaseStudy, Prompt
from lib.text import text_block
from lib.ui import words

_STORY = {"The situation": "The situation", "Who is affected": "Who is affected", "What pulls apart": "The conflict"}
USES = ("For class", "For policy", "For research")
_GIVEN_UP = [*CRITERIA, "none of them", "they should ask more", "who decides?"]
_AVATAR = {"user": ":material/person:", "assistant": ":material/smart_toy:", "system": ":material/settings:"}


def heading(study: CaseStudy) -> None:
    st.title(study.title, anchor=False)
    st.markdown(
        f"{words.criteria_badges(study.criteria)} :gray-badge[{study.domain}] :gray-badge[{CLAIMS[study.claim]}]"
    )
    st.markdown(study.summary)
    if study.sensitivity != "none":
        st.info(study.audience_note, icon=":material/info:")


def story(study: CaseStudy) -> None:
    for name, shown in _STORY.items():
        st.subheader(shown, anchor=False)
        st.markdown(study.sections[name])
    if study.sensitivity == "none":
        st.caption(f"Audience: {study.audience_note}")


def prompt_text(prompt: Prompt, unreviewed: Sequence[str] = ()) -> None:
    """The messages of a prompt, literally. `unreviewed`: languages of which no native speaker has read the prompts."""
    for message in prompt.messages:
        with st.chat_message(message.role, avatar=_AVATAR[message.role]):
            if len(prompt.messages) > 1:
                st.caption(message.role)
            st.html(text_block(message.content))
    note = f"Variant: {words.VARIANT[prompt.variant]} · language: {words.language(prompt.language)}"
    if prompt.language in unreviewed:
        note += " (needs native review: no native speaker has read this text yet)"
    st.caption(note + (f" · view stated by the user: “{prompt.user_view}”" if prompt.user_view else ""))


def ask_live(study: CaseStudy, prompt: Prompt) -> None:
    """A door to the live page with this prompt filled in."""
    asked = {"live_from": words.FROM_CASE, "live_case": study.title, "live_prompt": prompt.label}
    st.page_link("pages/live.py", label="Ask this prompt live", icon=":material/play_circle:", query_params=asked)


def predicted(study: CaseStudy, prompt: Prompt) -> bool:
    """In class view: whether the answers have been revealed; asks for a prediction until then."""
    if study.sensitivity == "signposted":
        unedited_warning()
    with st.container(border=True):
        st.markdown("**Predict first.** Which criterion will the answers give up? Talk it over, vote, then reveal.")
        st.pills(
            "Prediction",
            _GIVEN_UP,
            selection_mode="multi",
            key=f"case_prediction_{prompt.id}",
            label_visibility="collapsed",
        )
        return st.toggle("Reveal the answers", key=f"case_reveal_{prompt.id}")


def revised(prompt: Prompt) -> None:
    """In class view, after the answers: the prediction, and room for another opinion."""
    with st.container(border=True):
        before = st.session_state.get(f"case_prediction_{prompt.id}") or []
        told = (
            f"Before the reveal the class said: {', '.join(before)}."
            if before
            else "No prediction was noted before the reveal."
        )
        st.markdown(
            f"**Now revise.** {told} Which criterion did the answers give up? Which sentence of which answer shows it?"
            " Would other samples show it too?"
        )
        st.pills(
            "Revised", _GIVEN_UP, selection_mode="multi", key=f"case_revision_{prompt.id}", label_visibility="collapsed"
        )
        st.caption("A vote says what this class thinks. It is never the moral truth.")


def wanted(study: CaseStudy) -> bool:
    """Whether the answers to a signposted case are to be shown; others are shown at once."""
    if study.sensitivity != "signposted":
        return True
    unedited_warning()
    return st.toggle("Show the answers", key="show", bind="query-params")


def unedited_warning() -> None:
    st.warning(
        "The answers below are unedited text from small models. On this subject they can be wrong, cold or worse."
        " Nothing in them is advice.",
        icon=":material/warning:",
    )


def look_for(study: CaseStudy) -> None:
    name = "What to look for in the answers"
    with st.expander(name, icon=":material/visibility:", expanded=True):
        st.markdown(study.sections[name])


def limits(study: CaseStudy) -> None:
    name = "What this does not show"
    with st.container(border=True):
        st.markdown(f"**{name}**")
        st.markdown(study.sections[name])


def discussion(study: CaseStudy) -> None:
    st.subheader(
        "Questions for discussion",
        anchor=False,
        help="The badge gives the question's level in Bloom's taxonomy.",
    )
    for number, question in enumerate(study.questions, start=1):
        st.markdown(f"{number}. {question.text} :gray-badge[{question.level}]")


def background(study: CaseStudy, for_teacher: bool) -> None:
    """Uses and sources of the case; folded away where the class has yet to predict."""
    if not for_teacher:
        _uses(study)
        _sources(study)
        return
    with st.expander("For the teacher: the plan, harms and sources", icon=":material/school:"):
        _uses(study)
        _sources(study)


def _uses(study: CaseStudy) -> None:
    """What the case is good for in class, in policy work and in research."""
    st.subheader("Use this case", anchor=False)
    chosen = (
        st.segmented_control(
            "Use it", USES, default=USES[0], required=True, key="use", bind="query-params", label_visibility="collapsed"
        )
        or USES[0]
    )
    with st.container(border=True):
        st.markdown(study.sections[chosen])
        if chosen == "For class":
            st.caption(words.FRAME if study.sensitivity == "signposted" else f"{words.FRAME} {words.RUBRIC}")


def _sources(study: CaseStudy) -> None:
    """Named harms, facts, what the case mirrors, and policy hooks, each with its source."""
    left, right = st.columns(2)
    with left:
        st.subheader("Who could be harmed, and how", anchor=False)
        for harm in study.harms:
            st.markdown(f"- **{harm.party}**: {harm.harm}")
        st.subheader("What a good answer covers", anchor=False)
        for point in study.key_points:
            st.markdown(f"- {point}")
    with right:
        st.subheader("Facts and sources", anchor=False)
        for fact in (*study.facts, *study.mirrors):
            where = f"[{fact.source}]({fact.url})" if fact.url else fact.source
            st.markdown(f"- {fact.text} *({where})*")
        if study.policy:
            st.subheader("Relevant law and policy", anchor=False)
            for hook in study.policy:
                st.markdown(f"- **{hook.instrument}, {hook.section}**: {hook.why}")
