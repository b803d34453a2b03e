"""Three dials over one base: what a mix of tunings is asked about a case's replies, and what came back."""

from collections.abc import Sequence
from typing import NamedTuple

from lib.cases.replies import STEMS
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
    return [
        Exchange(context.messages, text)
        for context in (prompt, *STEMS)
        for reply in case.replies
        for text in reply.wordings
    ]


def weighed(case: CaseStudy, prompt: Prompt, values: Sequence[LogLik]) -> tuple[ReplyLogLikelihood, ...]:
    """The likelihoods of `exchanges`, in its order, as rows."""
    places = [(c.id, r.id, w) for c in (prompt, *STEMS) for r in case.replies for w in range(len(r.wordings))]
    return tuple(
        ReplyLogLikelihood("dials", "mix", case.id, reply, wording, context, *v)
        for (context, reply, wording), v in zip(places, values, strict=True)
    )
