"""Three dials over one base: what a mix of tunings is asked about a case's replies, and what came back."""

from collections.abc import Sequence
from typing import NamedTuple

from lib.cases.replies import STEMS, replies_in_context
from lib.domain import CRITERIA, CaseStudy, Exchange, LogLik, Prompt, ReplyLogLikelihood


class Position(NamedTuple):
    """Where the dials stood, for which prompt, what the mix answered and how likely it finds the case's replies."""

    prompt_id: str
    weights: tuple[float, ...]  # in the order of the criteria
    answer: str
    finish: str | None
    rows: tuple[ReplyLogLikelihood, ...]

    @property
    def label(self) -> str:
        return in_words(self.weights)


def in_words(weights: Sequence[float]) -> str:
    turned = [f"{c} {w:g}" for c, w in zip(CRITERIA, weights, strict=True) if w]
    return ", ".join(turned) or "all at 0 (SFT)"


def exchanges(case: CaseStudy, prompt: Prompt) -> list[Exchange]:
    """Every wording of every reply, after the prompt and after each neutral stem."""
    return [Exchange(r.context.messages, r.text) for r in replies_in_context(case, (prompt, *STEMS))]


def weighed(case: CaseStudy, prompt: Prompt, values: Sequence[LogLik]) -> tuple[ReplyLogLikelihood, ...]:
    """The likelihoods of `exchanges`, in its order, as rows."""
    return tuple(
        ReplyLogLikelihood("dials", "mix", case.id, r.reply_id, r.wording, r.context.id, *v)
        for r, v in zip(replies_in_context(case, (prompt, *STEMS)), values, strict=True)
    )
