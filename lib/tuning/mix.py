"""Three dials over one base: what a mix of tunings is asked about a case's replies, and what came back."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lib.cases.replies import STEMS, held_logliks, replies_in_context
from lib.domain import CRITERIA, CaseStudy, Criterion, Exchange, LogLik, Prompt, ReplyLogLikelihood, Settings
from lib.tuning.sets import TuningSet
from lib.worker.job import Step
from lib.worker.protocol import Generation, LogLikelihoods

SETTINGS = Settings(max_tokens=96)


class Mixable(NamedTuple):
    """Adapters that can be mixed: all from one start, an SFT adapter or the base, one for each criterion; model ids."""

    base: str
    start: str
    tuned: Mapping[Criterion, str]

    @property
    def origin(self) -> str:
        """What the start is called."""
        return "start" if self.start == self.base else "SFT"

    def weights(self, dials: Sequence[float]) -> dict[str, float]:
        """How much of each adapter is added, the dials in the order of the criteria."""
        return {self.tuned[c]: w for c, w in zip(CRITERIA, dials, strict=True)}


class Position(NamedTuple):
    """Where the dials stood, for which prompt, what the mix answered and how likely it finds the case's replies."""

    family: Mixable
    prompt_id: str
    dials: tuple[float, ...]  # in the order of the criteria
    answer: str
    finish: str | None
    rows: tuple[ReplyLogLikelihood, ...]

    @property
    def label(self) -> str:
        turned = [f"{c} {w:g}" for c, w in zip(CRITERIA, self.dials, strict=True) if w]
        return ", ".join(turned) or f"all at 0 ({self.family.origin})"


def mixable(mine: TuningSet) -> Mixable:
    """What DPO started from, with the first seed of the first adapter tuned on each criterion alone.

    A criterion that has none is missing in `tuned`.
    """
    tuned: dict[Criterion, str] = {}
    for first, *_ in mine.tunings:
        criterion, *more = mine.cards[first].recipe.criteria
        if not more:
            tuned.setdefault(criterion, first)
    return Mixable(mine.base, mine.reference, tuned)


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
    case: CaseStudy, prompt: Prompt, by_model: Mapping[str, Sequence[ReplyLogLikelihood]], labels: Mapping[str, str]
) -> dict[str, Sequence[ReplyLogLikelihood]]:
    """Label -> the stored log-likelihoods of each labelled model that has them all for one prompt of the case."""
    return {
        label: rows
        for name, label in labels.items()
        if held_logliks(case, prompt, rows := by_model.get(name, ())).complete
    }
