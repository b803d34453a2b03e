"""What a visitor writes becomes a prompt, or is refused with what to change."""

import pytest

from lib.domain import Message
from lib.runs.live_prompt import MAX_PROMPTS, BadPrompt, earlier_turns, edited_prompt, live_prompt, several_prompts
from lib.scoring.language import detected
from lib.ui.words import LANGUAGE
from tests.makers import shipped_cases, the_case

TURNS = "User: I wrote a poem.\nIt rhymes.\nAssistant: I'd love to read it."


def test_a_system_prompt_and_turns_come_before_the_prompt():
    prompt = live_prompt("Here it is.", "en", " Be kind. ", earlier_turns(TURNS))
    assert [(m.role, m.content) for m in prompt.messages] == [
        ("system", "Be kind."),
        ("user", "I wrote a poem.\nIt rhymes."),
        ("assistant", "I'd love to read it."),
        ("user", "Here it is."),
    ]
    assert prompt.id != live_prompt("Here it is.", "en").id


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("I wrote a poem", 'begin with "User:"'),
        ("Assistant: Hello", "take turns"),
        ("User: a\nUser: b", "take turns"),
        ("User: a", "the assistant last"),
        ("User: a\nAssistant:", "is empty"),
    ],
)
def test_turns_that_are_none_are_refused(text, says):
    with pytest.raises(BadPrompt, match=says):
        earlier_turns(text)


def test_each_line_is_a_prompt_and_a_repeated_one_counts_once():
    assert [p.messages[-1].content for p in several_prompts("One?\n\n Two?\nOne?", "en", "Be kind.")] == [
        "One?",
        "Two?",
    ]
    with pytest.raises(BadPrompt, match=f"at most {MAX_PROMPTS}"):
        several_prompts("\n".join(f"Number {k}?" for k in range(MAX_PROMPTS + 1)), "en")
    with pytest.raises(BadPrompt, match="There is no prompt yet"):
        several_prompts(" \n ", "en")


def test_all_turns_together_have_a_limit():
    with pytest.raises(BadPrompt, match="with what comes before it, has 20,"):
        live_prompt("Hello", "en", "x" * 20_000)


def test_an_edited_prompt_is_ones_own_and_an_unchanged_one_stays_the_cases(tiny_data):
    prompt = the_case(tiny_data).prompts[0]
    assert edited_prompt(prompt, f"  {prompt.messages[-1].content}\n") is prompt
    edited = edited_prompt(prompt, "What else?")
    assert edited.case_id == "live" and edited.messages == (*prompt.messages[:-1], Message("user", "What else?"))
    with pytest.raises(BadPrompt, match="empty"):
        edited_prompt(prompt, " ")


def test_the_language_of_the_librarys_prompts_is_detected():
    prompts = [p for c in shipped_cases() for p in c.prompts]
    wrong = [p.id for p in prompts if detected(p.text, LANGUAGE).code != p.language.split("-")[0]]
    assert len(wrong) <= 3, wrong


@pytest.mark.parametrize(
    ("text", "code"), [("Was soll ich ihr sagen?", "de"), ("¿Qué debo decirle?", "es"), ("ok", "en")]
)
def test_a_short_prompt_is_told_apart_or_said_not_to_be(text, code):
    found = detected(text, LANGUAGE)
    assert found.code == code and (found.sure or code == "en")
