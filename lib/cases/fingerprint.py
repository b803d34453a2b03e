"""Short hashes of a case's texts, by which an answer to an edited prompt or reply is told apart."""

from collections.abc import Iterable
from dataclasses import asdict

from lib.domain import Message, Prompt
from lib.files import digest


def prompt_sha(messages: Iterable[Message]) -> str:
    """Of a prompt's messages: a stored answer to an edited prompt is seen to be one."""
    return digest([asdict(m) for m in messages])


def text_sha(context: Prompt, wording: str) -> str:
    """Of a reply's wording after a context, for the same reason."""
    return digest([[asdict(m) for m in context.messages], wording])
