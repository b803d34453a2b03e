"""Three dials over one base: what a mix of tunings is asked about a case's replies, and what came back."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lib.cases.replies import STEMS, needed_logliks, replies_in_context
from lib.domain import CRITERIA, CaseStudy, Criterion, Exchange, LogLik, Prompt, ReplyLogLikelihood, Settings
from lib.tuning.adapters import AdapterCard
from lib.worker.job import Step
from lib.worker.protocol import Generation, LogLikelihoods

SETTINGS = Settings(max_tokens=96)


class Mixable(NamedTuple):
    """Adapters that can be mixed: all from one SFT model on one base, one for each criterion; model ids."""

    base: str
    start: str  # the SFT model
    tuned: Mapping[Criterion, str]

    def weights(self, dials: Sequence[float]) -> dict[str, float]:
        """How much of each adapter is added, the dials in the order of the criteria."""
        return {self.tuned[c]: w for c, w in zip(CRITERIA, dials, strict=True)}


class Position(NamedTuple):
    """Where the dials stood, for which prompt, what the mix answered and how likely it finds the case's replies."""

    prompt_id: str
    dials: tuple[float, ...]  # in the order of the criteria
    answer: str
    finish: str | None
    rows: tuple[ReplyLogLikelihood, ...]

    @property
    def label(self) -> str:
        return in_words(self.dials)


def mixable(cards: Mapping[str, AdapterCard]) -> Mixable:
    """The SFT adapter with the DPO adapter of each criterion alone; a criterion that has none is missing in `tuned`."""
    start = next(card.recipe for card in cards.values() if card.recipe.stage == "sft")
    tuned = {
        card.recipe.criteria[0]: name
        for name, card in cards.items()
        if card.recipe.stage == "dpo" and len(card.recipe.criteria) == 1
    }
    return Mixable(start.base, start.id, tuned)


def in_words(dials: Sequence[float]) -> str:
    turned = [f"{c} {w:g}" for c, w in zip(CRITERIA, dials, strict=True) if w]
    return ", ".join(turned) or "all at 0 (SFT)"


def mix_steps(family: Mixable, dials: Sequence[float], case: CaseStudy, prompt: Prompt) -> tuple[Step, ...]:
    """What the worker does at a position of the dials: the mix answers, then its log-likelihoods are computed."""
    weights = family.weights(dials)
    return (
        Generation((family.start,), prompt.messages, prompt.id, 1, SETTINGS, weights=weights),
        LogLikelihoods(family.start, tuple(exchanges(case, prompt)), weights),
    )


def contexts(prompt: Prompt) -> tuple[Prompt, ...]:
    """What the replies follow when their log-likelihoods are computed: the prompt, and each neutral stem."""
    return (prompt, *STEMS)


def exchanges(case: CaseStudy, prompt: Prompt) -> list[Exchange]:
    """Every wording of every reply, after the prompt and after each neutral stem."""
    return [Exchange(r.context.messages, r.text) for r in replies_in_context(case, contexts(prompt))]


def as_rows(case: CaseStudy, prompt: Prompt, values: Sequence[LogLik]) -> tuple[ReplyLogLikelihood, ...]:
    """The log-likelihoods of `exchanges`, in its order, as rows."""
    return tuple(
        ReplyLogLikelihood("dials", "mix", case.id, r.reply_id, r.wording, r.context.id, *v)
        for r, v in zip(replies_in_context(case, contexts(prompt)), values, strict=True)
    )


def complete_rows(
    case: CaseStudy, by_model: Mapping[str, Sequence[ReplyLogLikelihood]], labels: Mapping[str, str]
) -> dict[str, Sequence[ReplyLogLikelihood]]:
    """Label -> the stored log-likelihoods of each labelled model that has them all for one prompt of the case."""
    needed = needed_logliks(case)
    return {label: rows for name, label in labels.items() if len(rows := by_model.get(name, ())) == needed}
