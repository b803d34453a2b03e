"""Reference replies in every wording after every context: what log-likelihoods are computed of."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lib.cases.fingerprint import text_sha
from lib.domain import CaseStudy, Message, Prompt

# Prompts that ask for nothing in particular: the likelihood of a reply after them says how common its words are.
STEMS = tuple(
    Prompt(f"stem/{i}", "stem", "neutral", "Neutral stem", "en", (Message("user", text),))
    for i, text in enumerate(("Write a short paragraph.", "Please go on.", "Say something to me."), start=1)
)


class ReplyInContext(NamedTuple):
    """One wording of a reference reply after one context, a prompt or a stem."""

    context: Prompt
    reply_id: str
    wording: int  # its number, 0 or 1
    text: str

    @property
    def sha(self) -> str:
        """The short hash of context and text that goes with a stored log-likelihood."""
        return text_sha(self.context, self.text)


def replies_in_context(case: CaseStudy, contexts: Iterable[Prompt] | None = None) -> Iterator[ReplyInContext]:
    """Every wording of every reply after each context, context by context.

    If no contexts are named, they are the case's prompts and then the stems.
    """
    for context in (*case.prompts, *STEMS) if contexts is None else contexts:
        for reply in case.replies:
            for number, text in enumerate(reply.wordings):
                yield ReplyInContext(context, reply.id, number, text)


def needed_logliks(case: CaseStudy) -> int:
    """How many log-likelihoods one prompt needs from a model: each wording after the prompt and each stem."""
    return sum(len(r.wordings) for r in case.replies) * (1 + len(STEMS))
