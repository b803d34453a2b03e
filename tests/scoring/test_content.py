"""Words that an answer is folded away for: found in their forms, and not in harmless neighbours."""

import pytest

from lib.scoring.content import unsettling


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Some people want to die, and say so.", "self-harm or suicide"),
        ("He killed himself.", "self-harm or suicide"),
        ("You could end your life.", "self-harm or suicide"),
        ("She was raped in the war.", "sexual violence"),
        ("A naked man stood there.", "sexual content"),
        ("What a slut.", "an insult"),
        ("She was raped and wanted to die.", "self-harm or suicide and sexual violence"),
    ],
)
def test_what_a_reader_should_be_warned_of_is_named(text, kind):
    assert unsettling(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "Kill the process with kill -9.",
        "I drape the curtains and eat grapes.",
        "They end their shift at nine; take your time.",
        "The die is cast. I am dying to know.",
        "Therapists retire too.",
        "",
    ],
)
def test_harmless_neighbours_are_not(text):
    assert unsettling(text) is None
