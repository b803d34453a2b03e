"""What a visitor writes -> a Prompt that can be run: several turns, an edited prompt of a case, several at once."""

import re
from collections.abc import Sequence
from dataclasses import replace

from lib.cases.fingerprint import prompt_sha
from lib.domain import Message, Prompt, Role, TrilemmaError

MAX_CHARACTERS = 20_000  # of all turns together
MAX_PROMPTS = 12  # at once
_SPEAKER = re.compile(r"^(User|Human|Assistant)[ \t]*:[ \t]*", re.MULTILINE | re.IGNORECASE)


class BadPrompt(TrilemmaError):
    """A prompt that cannot be run; the message says what to change."""


def live_prompt(text: str, language: str, system: str = "", turns: Sequence[Message] = ()) -> Prompt:
    """The prompt that a visitor typed. Raises BadPrompt where it is empty, has no words, or is too long."""
    text, system = text.strip(), system.strip()
    if not text:
        raise BadPrompt("The prompt is empty. Write a question or a request first.")
    before = [Message("system", system)] if system else []
    messages = (*before, *turns, Message("user", text))
    if (length := sum(len(m.content) for m in messages)) > MAX_CHARACTERS:
        whole = "" if len(messages) == 1 else ", with what comes before it,"
        raise BadPrompt(
            f"The prompt{whole} has {length:,} characters; at most {MAX_CHARACTERS:,} fit. Please shorten it: your text"
            " is still in the box."
        )
    if not re.search(r"\w", text):
        raise BadPrompt(
            "The prompt has no words, only symbols. Write at least one word, so that there is something to answer."
        )
    return Prompt(f"live/{prompt_sha(messages)}", "live", "neutral", "Live prompt", language, messages)


def earlier_turns(text: str) -> tuple[Message, ...]:
    """Turns written as lines that begin with "User:" and "Assistant:". Raises BadPrompt where they are none."""
    if not text.strip():
        return ()
    head, *parts = _SPEAKER.split(text.strip())
    if head.strip() or not parts:
        raise BadPrompt('Earlier turns: begin with "User:", and each turn after it with "Assistant:" or "User:".')
    roles: list[Role] = ["assistant" if who.lower() == "assistant" else "user" for who in parts[::2]]
    said = [each.strip() for each in parts[1::2]]
    if roles != (["user", "assistant"] * len(roles))[: len(roles)] or roles[-1] != "assistant":
        raise BadPrompt(
            "Earlier turns: user and assistant take turns, the user first and the assistant last. The prompt itself is"
            " the next turn."
        )
    if not all(said):
        raise BadPrompt("Earlier turns: one of them is empty.")
    return tuple(Message(role, each) for role, each in zip(roles, said, strict=True))


def several_prompts(text: str, language: str, system: str = "", turns: Sequence[Message] = ()) -> list[Prompt]:
    """One prompt for each line that isn't empty. Raises BadPrompt where one of them is bad, or there are too many."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not lines:
        raise BadPrompt("There is no prompt yet. Write one a line.")
    if len(lines) > MAX_PROMPTS:
        raise BadPrompt(
            f"These are {len(lines)} prompts; at most {MAX_PROMPTS} are asked at once here. For more, write them into a"
            " file: python -m lib ask --file FILE"
        )
    return [live_prompt(line, language, system, turns) for line in lines]


def edited_prompt(prompt: Prompt, text: str) -> Prompt:
    """A case's prompt with another last turn: a prompt of the visitor's own; unchanged, it stays the case's.

    Raises BadPrompt as `live_prompt` does.
    """
    *before, last = prompt.messages
    if text.strip() == last.content.strip():
        return prompt
    system = "\n\n".join(m.content for m in before if m.role == "system")
    edited = live_prompt(text, prompt.language, system, [m for m in before if m.role != "system"])
    return replace(edited, label=f"Edited: {prompt.label}", user_view=prompt.user_view)
