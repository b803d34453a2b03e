"""Dialogues written as "Human: ... Assistant: ..." -> messages."""

import re

from lib.domain import Message

_TURN = re.compile(r"(?:\n\n|^)(Human|Assistant): ?")


_ROLES = {"Human": "user", "Assistant": "assistant"}


def dialogue(text: str) -> tuple[Message, ...]:
    """Turns written as "\\n\\nHuman: ... \\n\\nAssistant: ..." as messages; any other text as one message of the user. An open last turn is left out."""
    parts = _TURN.split(text)
    if len(parts) < 3 or parts[0].strip():
        return (Message("user", text),)
    turns = [Message(_ROLES[who], said.strip()) for who, said in zip(parts[1::2], parts[2::2], strict=True)]  # ty: ignore[invalid-argument-type]
    return tuple(turns[:-1]) if turns[-1].role == "assistant" and not turns[-1].content else tuple(turns)
