"""TRL's preference format: prompt, chosen, rejected, as texts or as messages."""

from collections.abc import Sequence
from typing import Any, Literal

from lib.domain import Message

Form = Literal["text", "messages"]
COLUMNS = ("prompt", "chosen", "rejected")


def row(messages: Sequence[Message], chosen: str, rejected: str, form: Form) -> dict[str, Any]:
    """A pair. As text, a prompt of several messages has its roles named."""
    if form == "messages":
        prompt = [{"role": m.role, "content": m.content} for m in messages]
        replies = [[{"role": "assistant", "content": text}] for text in (chosen, rejected)]
        return {"prompt": prompt, "chosen": replies[0], "rejected": replies[1]}
    alone = messages[0].content if len(messages) == 1 else ""
    text = alone or "\n\n".join(f"{m.role}: {m.content}" for m in messages)
    return {"prompt": text, "chosen": chosen, "rejected": rejected}
