"""Short hashes of a case's texts, by which an answer to an edited prompt or reply is told apart."""

from collections.abc import Iterable
from dataclasses import asdict

from lib.domain import Check, Message, Prompt
from lib.files import digest


def prompt_sha(messages: Iterable[Message]) -> str:
    """Of a prompt's messages: a stored answer to an edited prompt is seen to be one."""
    return digest([asdict(m) for m in messages])


JUDGED_BY = "statements-1"  # the version of the head that judges statements
CHECK_RULES = 1  # raised whenever lib/scoring/checks.py comes to decide otherwise


def check_sha(check: Check) -> str:
    """Of what decides a check: a stored verdict of an edited check is seen to be one."""
    if check.statement is not None:
        return digest([CHECK_RULES, JUDGED_BY, check.statement])
    return digest([CHECK_RULES, check.pattern and asdict(check.pattern), check.feature])


def text_sha(context: Prompt, wording: str) -> str:
    """Of a reply's wording after a context, for the same reason."""
    return digest([[asdict(m) for m in context.messages], wording])
