"""The answers of a case: several models at one prompt or several prompts under one model, and a word diff."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from lib.domain import CaseStudy, Model, Pair, Prompt, Response, Run
from lib.measures.likelihood import pair_of
from lib.text import text_block, word_diff
from lib.ui import cards, words


def families_note(models: Sequence[Model], pairs: Sequence[Pair]) -> None:
    """Whether a shift is defined between what is shown."""
    if len(models) < 2:
        return
    found = [pair for i, a in enumerate(models) for b in models[i + 1 :] if (pair := pair_of(a.id, b.id, pairs))]
    if not found:
        st.caption(
            ":material/compare_arrows: These models come from **different families**, so no shift is defined between"
            " them: a difference may be due to size, data or design as much as to tuning. Compare them as kinds of"
            " model, not as before and after."
        )
    elif len(models) > 2:
        tuned, bases = (
            ", ".join(f"**{label}**" for label in dict.fromkeys(labels))
            for labels in ([p.tuned.label for p in found], [p.base.label for p in found])
        )
        others = len({m.family for m in models}) > 1
        st.caption(
            f":material/compare_arrows: Before and after tuning: {bases} beside {tuned}."
            + (" Models from different families differ in more than tuning." if others else "")
        )


def no_answers() -> None:
    st.warning(
        "No stored answers to this case yet. Generate some with `python -m lib precompute`, or ask a model live.",
        icon=":material/search_off:",
    )


_BESIDE = 2  # answers in a row, as the story stands beside them


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
    for column, model in zip(cards.side_by_side(len(models), _BESIDE), models, strict=True):
        with column:
            cards.model_head(model)
            _answer(study, prompt, responses.get(model.id), counts.get(model.id, 0), runs, shown)
            if reply := favourites.get(model.id):
                st.caption(f"Of the reference replies this prompt favours *{words.escaped(words.reply_name(reply))}*.")
    _sample_note(shown.sample, max(counts.values()))


def across_prompts(
    study: CaseStudy,
    prompts: Sequence[Prompt],
    responses: Mapping[str, Response],
    counts: Mapping[str, int],
    runs: Mapping[str, Run],
    shown: Shown,
) -> None:
    """One sample of one model to every chosen prompt in columns. `responses`, `counts`: by the prompt's id."""
    for column, prompt in zip(cards.side_by_side(len(prompts), _BESIDE), prompts, strict=True):
        with column:
            st.markdown(f"**{words.escaped(prompt.label)}**")
            st.caption(f"Asked ({words.VARIANT[prompt.variant]})")
            st.html(text_block(prompt.text))
            st.caption("Answered")
            _answer(study, prompt, responses.get(prompt.id), counts.get(prompt.id, 0), runs, shown)
    _sample_note(shown.sample, max(counts.values()))


def _sample_note(sample: int, most: int) -> None:
    st.caption(f"Sample {sample} of {most}: a fresh draw under the same settings. Look at several before you judge.")


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


class Named(Protocol):
    """A model as far as its name goes: of the registry, or one that was imported."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...


def compare(models: Sequence[Named], responses: Sequence[Response]) -> None:
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
