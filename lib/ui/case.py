"""The parts of a case's page: heading, story, prompt, the class's votes, discussion, sources."""

from collections.abc import Sequence

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from lib.cases.foundations import terms_in
from lib.cases.shape import CLAIMS
from lib.domain import CRITERIA, CaseStudy, Model, Prompt, Term
from lib.text import text_block
from lib.ui import words

USES = ("For class", "For policy", "For research")
GIVEN_UP = [*CRITERIA, "none of them", "they should ask more", "who decides?"]
_CONTENTS = {"answers": "Answers", "story": "Story", "more": "Replies, discussion, sources"}


def heading(study: CaseStudy) -> None:
    """Title and summary, what they are about, and where the parts of the page are."""
    links = "".join(f'<a href="#{anchor}">{name}</a>' for anchor, name in _CONTENTS.items())
    st.title(study.title, anchor=False)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xsmall"):
        st.markdown(
            f"{words.criteria_badges(study.criteria)} :gray-badge[{study.domain}] :gray-badge[{CLAIMS[study.claim]}]",
            width="content",
        )
        st.html(f'<nav class="tri-contents" aria-label="On this page">{links}</nav>', width="content")
    with st.container(key="case_summary"):
        st.markdown(study.summary)
        if study.sensitivity != "none":
            st.info(study.audience_note, icon=":material/info:")


def explained(text: str, glossary: Sequence[Term]) -> str | None:
    """What the terms mean that a text uses, for the help beside its heading; None where it uses none."""
    lines = [f"**{words.escaped(t.term)}**: {words.escaped(t.meaning)}" for t in terms_in(text, glossary)]
    return "\n\n".join(lines) or None


def story(study: CaseStudy, glossary: Sequence[Term]) -> None:
    """The story, beside the answers on a wide screen; whom it touches and the conflict open on demand."""
    situation, affected, conflict = (
        study.sections[s] for s in ("The situation", "Who is affected", "What pulls apart")
    )
    st.header("The story", anchor="story", help=explained(situation, glossary))
    st.markdown(situation)
    for name, text, icon in (("Who is affected", affected, "group"), ("The conflict", conflict, "call_split")):
        with st.expander(name, icon=f":material/{icon}:"):
            st.markdown(text, help=explained(text, glossary))
    if study.sensitivity == "none":
        st.caption(f"Audience: {study.audience_note}")


def folded(name: str, icon: str, key: str) -> ExpanderContainer:
    """A part of the page that opens on demand or by the link.

    It is drawn while it is shut too: the browser's own search finds what stands in it, and a printed page has it.
    """
    return st.expander(name, icon=f":material/{icon}:", key=key, on_change="rerun", bind="query-params")


def prompt_text(prompt: Prompt, unreviewed: Sequence[str] = ()) -> None:
    """The messages of a prompt, literally, each after its role.

    `unreviewed`: languages of which no native speaker has read the prompts.
    """
    turns = "".join(f"<dt>{m.role}</dt><dd>{text_block(m.content)}</dd>" for m in prompt.messages)
    st.html(f'<dl class="tri-turns">{turns}</dl>')
    note = f"Variant: {words.VARIANT[prompt.variant]} · language: {words.language(prompt.language)}"
    if prompt.language in unreviewed:
        note += " (needs native review: no native speaker has read this text yet)"
    st.caption(note + (f" · view stated by the user: “{prompt.user_view}”" if prompt.user_view else ""))


def ask_live(study: CaseStudy, prompt: Prompt, models: Sequence[Model] = ()) -> None:
    """A door to the live page with this prompt filled in, and these models chosen."""
    asked = {"live_from": words.FROM_CASE, "live_case": study.id, "live_prompt": prompt.label}
    chosen = [("live_models", m.label) for m in models]
    label = "Ask these models live" if chosen else "Ask this prompt live"
    st.page_link("pages/live.py", label=label, icon=":material/play_circle:", query_params=[*asked.items(), *chosen])


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
            "Revised", GIVEN_UP, selection_mode="multi", key=f"case_revision_{prompt.id}", label_visibility="collapsed"
        )
        st.caption("A vote says what this class thinks. It is never the moral truth.")


def not_on_a_projector(study: CaseStudy) -> None:
    """In class view of a signposted case: the prompts to predict on, and no unedited answer."""
    for prompt in study.prompts:
        st.caption(prompt.label)
        prompt_text(prompt, study.needs_native_review)
    st.info(
        "The answers to this case are unedited and not for a projector unseen, and no live prompt is offered here. Read"
        " them on your own screen first (switch class view off), and show or read out those that you choose.",
        icon=":material/visibility_off:",
    )


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
    """The questions, each with its level in Bloom's taxonomy."""
    for number, question in enumerate(study.questions, start=1):
        st.markdown(f"{number}. {question.text} :gray-badge[{question.level}]")


def notes(study: CaseStudy) -> None:
    """The teacher notes, a heading after the other."""
    for heading, text in study.teaching.items():
        st.subheader(heading, anchor=False)
        st.markdown(text)


def uses(study: CaseStudy) -> None:
    """What the case is good for in class, in policy work and in research."""
    st.subheader("Use this case", anchor=False)
    chosen = (
        st.segmented_control(
            "Use it", USES, default=USES[0], required=True, key="use", bind="query-params", label_visibility="collapsed"
        )
        or USES[0]
    )
    with st.container(key="print_use_chosen"):
        st.markdown(f"**{chosen}**")
    with st.container(border=True):
        st.markdown(study.sections[chosen])
        if chosen == "For class":
            st.caption(words.FRAME if study.sensitivity == "signposted" else f"{words.FRAME} {words.RUBRIC}")
    with st.container(key="print_use_others"):
        for other in USES:
            if other != chosen:
                st.markdown(f"**{other}**\n\n{study.sections[other]}")


def sources(study: CaseStudy) -> None:
    """Named harms, facts, what the case mirrors, and policy hooks, each with its source."""
    left, right = st.columns(2)
    with left:
        st.subheader("Who could be harmed, and how", anchor=False)
        for harm in study.harms:
            st.markdown(f"- **{harm.party}**: {harm.harm} :gray-badge[{harm.kind}, {harm.severity}]")
        st.subheader("What a good answer covers", anchor=False)
        for point in study.key_points:
            st.markdown(f"- {point}")
    with right:
        st.subheader("Facts and sources", anchor=False)
        for fact in (*study.facts, *study.mirrors):
            where = f"[{fact.source}]({fact.url})" if fact.url else fact.source
            incident = f" :gray-badge[{fact.incident}]" if fact.incident else ""
            st.markdown(f"- {fact.text} *({where})*{incident}")
        if study.policy:
            st.subheader("Relevant law and policy", anchor=False)
            for hook in study.policy:
                name = f"{hook.instrument}, {hook.section}"
                linked = f"[{name}]({hook.url})" if hook.url else name
                st.markdown(f"- **{linked}**: {hook.why} *(as of {hook.as_of})*")
