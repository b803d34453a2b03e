"""Reference replies in every wording after every context: what log-likelihoods are computed of."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lib.cases.fingerprint import text_sha
from lib.domain import CaseStudy, Message, Prompt, ReplyLogLikelihood

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
    """Every wording of every reply after each context that it fits, context by context; all fit the stems.

    If no contexts are named, they are the case's prompts and then the stems.
    """
    for context in (*case.prompts, *STEMS) if contexts is None else contexts:
        for reply in case.replies if context in STEMS else case.replies_to(context):
            for number, text in enumerate(reply.wordings):
                yield ReplyInContext(context, reply.id, number, text)


class Held(NamedTuple):
    """Of the log-likelihoods that a prompt needs from a model, how many are there."""

    held: int
    needed: int

    @property
    def complete(self) -> bool:
        return self.held == self.needed


def held_logliks(case: CaseStudy, prompt: Prompt, rows: Iterable[ReplyLogLikelihood]) -> Held:
    """Needed is each wording of the replies to the prompt, after the prompt and after each stem. `rows`: a model's."""
    known = {(r.reply_id, r.wording, r.context) for r in rows}
    needed = {
        (reply.id, wording, context)
        for reply in case.replies_to(prompt)
        for wording in range(len(reply.wordings))
        for context in (prompt.id, *(s.id for s in STEMS))
    }
    return Held(len(needed & known), len(needed))
