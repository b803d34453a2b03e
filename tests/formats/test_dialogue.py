"""Dialogues as text become messages."""

from lib.formats.dialogue import dialogue


def test_a_text_without_turns_is_one_message():
    assert [m.content for m in dialogue("Human rights, in short?")] == ["Human rights, in short?"]


def test_turns_become_messages_without_an_open_last_one():
    found = dialogue("\n\nHuman: Hi\n\nAssistant: Hello \n\nHuman: Why?\n\nAssistant:")
    assert [(m.role, m.content) for m in found] == [("user", "Hi"), ("assistant", "Hello"), ("user", "Why?")]
