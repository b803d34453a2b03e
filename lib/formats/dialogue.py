"""Dialogues written as "Human: ... Assistant: ..." -> messages."""

import re

from lib.domain import Message, Role

_TURN = re.compile(r"(?:\n\n|^)(Human|Assistant): ?")
_ROLES: dict[str, Role] = {"Human": "user", "Assistant": "assistant"}


def dialogue(text: str) -> tuple[Message, ...]:
    """Messages of a text with turns "\\n\\nHuman: ... \\n\\nAssistant: ...", without an empty last turn.

    Any other text is one message of the user.
    """
    parts = _TURN.split(text)
    if len(parts) < 3 or parts[0].strip():
        return (Message("user", text),)
    turns = [Message(_ROLES[who], said.strip()) for who, said in zip(parts[1::2], parts[2::2], strict=True)]
    return tuple(turns[:-1]) if turns[-1].role == "assistant" and not turns[-1].content else tuple(turns)
