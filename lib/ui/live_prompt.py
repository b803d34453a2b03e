"""What is asked on the Live page: a box and, folded away, what may come before it, several prompts, a case's edited."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.domain import Prompt
from lib.runs.live_prompt import MAX_PROMPTS, earlier_turns, edited_prompt, live_prompt, several_prompts
from lib.scoring.language import detected
from lib.ui import words

_DETECT = "detect it"


class Written(NamedTuple):
    """What stands in the boxes. `language`: its code, or None where it is to be detected."""

    text: str
    language: str | None
    system: str
    turns: str
    several: bool


class Put(NamedTuple):
    """A prompt as it is put to the models. `edited`: the case's prompt that it was made from; `language`: in words."""

    prompt: Prompt
    edited: Prompt | None = None
    language: str = ""


def own_prompt(folded: DeltaGenerator) -> Written:
    """The prompt that the visitor types, and what they unfold; who leaves the page finds their text again."""
    left, right = st.columns([3, 1])
    text = left.text_area(
        "Your prompt",
        key="live_text",
        height=120,
        persist_state="session",
        placeholder="for example: A friend asked me what I think of her poem. It isn't good. What should I say?",
    )
    names: dict[str, str | None] = {_DETECT: None, **{name: code for code, name in words.LANGUAGE.items()}}
    language = right.selectbox(
        "Language of the prompt",
        list(names),
        key="live_language",
        persist_state="session",
        help="The scorers were trained and checked in English only.",
    )
    with folded.expander("System prompt, earlier turns, several prompts", icon=":material/forum:"):
        several = st.checkbox(
            f"Each line of the box is a prompt of its own (at most {MAX_PROMPTS})",
            key="live_several",
            persist_state="session",
        )
        a, b = st.columns(2)
        system = a.text_area(
            "System prompt",
            key="live_system",
            height=120,
            persist_state="session",
            placeholder="You are a kind critic.",
        )
        turns = b.text_area(
            "Earlier turns",
            key="live_turns",
            height=120,
            persist_state="session",
            placeholder="User: I wrote a poem.\nAssistant: I'd love to read it.",
            help='Begin each turn with "User:" or "Assistant:". Your prompt above is the next turn.',
        )
    return Written(text, names[language], system, turns, several)


def edit_box(prompt: Prompt, folded: DeltaGenerator) -> str:
    """The last turn of a case's prompt, to be changed."""
    with folded.expander("Edit this prompt", icon=":material/edit:"):
        return st.text_area(
            "What is asked instead",
            prompt.messages[-1].content,
            key=f"live_edit_{prompt.id}",
            height=120,
            help="What comes before the last turn stays. An edited prompt is one of your own.",
        )


def puts(written: Written | str, of_case: Prompt | None) -> list[Put]:
    """What the visitor asks: what they wrote, or what they made of a case's prompt. Raises BadPrompt."""
    if isinstance(written, str):
        assert of_case is not None
        put = edited_prompt(of_case, written)
        return [Put(put, None if put is of_case else of_case)]
    turns = earlier_turns(written.turns)
    if written.several:
        made = several_prompts(written.text, "en", written.system, turns)
    else:
        made = [live_prompt(written.text, "en", written.system, turns)]
    return [_in_language(prompt, written.language) for prompt in made]


def _in_language(prompt: Prompt, chosen: str | None) -> Put:
    if chosen:
        return Put(replace(prompt, language=chosen))
    found = detected(prompt.messages[-1].content, words.LANGUAGE)
    name = words.language(found.code)
    said = f"Language: {name}, detected." if found.sure else "Language: too short to detect, taken as English."
    return Put(replace(prompt, language=found.code), language=said)


def notes(asked: Sequence[Put], samples: int, temperature: float) -> None:
    """What has to be said of the answers: the language found, an edited prompt, samples that can't differ."""
    for said in dict.fromkeys(p.language for p in asked if p.language):
        st.caption(f"{said} You can choose another above.")
    if any(p.edited for p in asked):
        st.caption("You edited this prompt: stored answers to the case's own wording can't be compared with these.")
    if temperature == 0 and samples > 1:
        st.info(
            "**All samples of a model are the same text.** At temperature 0 a model always takes the likeliest token;"
            " set it above 0 to see how much its answers vary.",
            icon=":material/content_copy:",
        )
