"""The parts of a case's page: story, answers side by side, word diff, discussion, sources."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from lib.cases.shape import CLAIMS
from lib.domain import CRITERIA, CaseStudy, Model, Pair, Prompt, Response, Run
from lib.measures.likelihood import pair_of
from lib.text import text_block, word_diff
from lib.ui import cards, words

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


def families_note(models: Sequence[Model], pairs: Sequence[Pair]) -> None:
    """Whether a shift is defined between what is shown."""
    if len(models) < 2:
        return
    found = [pair for i, a in enumerate(models) for b in models[i + 1 :] if (pair := pair_of(a.id, b.id, pairs))]
    if not found:
        st.info(
            "These models come from **different families**, so no shift is defined between them: a difference may be"
            " due to size, data or design as much as to tuning. Compare them as kinds of model, not as before and"
            " after.",
            icon=":material/compare_arrows:",
        )
    elif len(models) > 2:
        tuned, bases = (
            ", ".join(f"**{label}**" for label in dict.fromkeys(labels))
            for labels in ([p.tuned.label for p in found], [p.base.label for p in found])
        )
        others = len({m.family for m in models}) > 1
        st.info(
            f"Before and after tuning: {bases} beside {tuned}."
            + (" Models from different families differ in more than tuning." if others else ""),
            icon=":material/compare_arrows:",
        )


def no_answers() -> None:
    st.warning(
        "No stored answers to this case yet. Generate some with `python -m lib precompute`, or ask a model live.",
        icon=":material/search_off:",
    )


class Shown(NamedTuple):
    """How answers are shown: which sample, from 1, with or without marks, and which scores may stand on cards."""

    sample: int
    marks: bool
    earned: Collection[tuple[str, str]]


def answers(
    study: CaseStudy,
    prompt: Prompt,
    models: Sequence[Model],
    counts: Mapping[str, int],
    responses: Mapping[str, Response],
    runs: Mapping[str, Run],
    shown: Shown,
    favourites: Mapping[str, str],
) -> None:
    """One sample of every chosen model in columns; on a phone one under the other.

    `counts`: how many each model has; `favourites`: the reference reply that the prompt makes likelier most in each.
    """
    for column, model in zip(cards.side_by_side(len(models)), models, strict=True):
        with column:
            cards.model_head(model)
            _answer(study, prompt, responses.get(model.id), counts.get(model.id, 0), runs, shown)
            if reply := favourites.get(model.id):
                st.caption(f"Of the reference replies this prompt favours *{words.escaped(words.reply_name(reply))}*.")


def across_prompts(
    study: CaseStudy,
    prompts: Sequence[Prompt],
    responses: Mapping[str, Response],
    counts: Mapping[str, int],
    runs: Mapping[str, Run],
    shown: Shown,
) -> None:
    """One sample of one model to every chosen prompt in columns. `responses`, `counts`: by the prompt's id."""
    for column, prompt in zip(cards.side_by_side(len(prompts)), prompts, strict=True):
        with column:
            st.markdown(f"**{words.escaped(prompt.label)}**")
            st.caption(f"Asked ({words.VARIANT[prompt.variant]})")
            st.html(text_block(prompt.text))
            st.caption("Answered")
            _answer(study, prompt, responses.get(prompt.id), counts.get(prompt.id, 0), runs, shown)


def _answer(
    study: CaseStudy, prompt: Prompt, response: Response | None, stored: int, runs: Mapping[str, Run], shown: Shown
) -> None:
    if response is None:
        st.caption(f"No sample {shown.sample} stored: this model has {stored}.")
        return
    checks = study.checks_of(prompt)
    cards.response_card(response, prompt, runs.get(response.run_id), shown.marks, checks, shown.earned)


def no_samples() -> None:
    st.warning(
        "No stored answers to this prompt from these models. Ask it live, or choose other models.",
        icon=":material/search_off:",
    )


def comparison() -> ExpanderContainer:
    return st.expander("Compare two answers word by word", icon=":material/difference:", key="diff", on_change="rerun")


def compare(models: Sequence[Model], responses: Sequence[Response]) -> None:
    """Two answers of the reader's choice, with what differs marked."""
    by_label = {
        m.label: {f"{m.label}, sample {r.sample + 1}": r.text for r in responses if r.model_id == m.id and r.text}
        for m in models
    }
    texts = {name: text for each in by_label.values() for name, text in each.items()}
    if len(texts) < 2:
        st.caption("Comparing needs two answers with text.")
        return
    names = list(texts)
    first = next(len(each) for each in by_label.values() if each)
    other = first if first < len(names) else 1  # another model's first answer, where there is one
    a, b = st.columns(2)
    left = a.selectbox("Left", names, key="diff_left", help="Marked: what only the left answer says.")
    right = b.selectbox("Right", names, index=other, key="diff_right", help="Marked: what only the right answer says.")
    try:
        diff = word_diff(texts[left], texts[right])
    except ValueError as fault:
        st.warning(str(fault))
        return
    with a.container(border=True):
        st.html(diff.left)
    with b.container(border=True):
        st.html(diff.right)
    st.caption(
        f"{diff.shared:.0%} of the words are shared, in the same order. Struck through: only in the left answer."
        " Underlined: only in the right one."
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
