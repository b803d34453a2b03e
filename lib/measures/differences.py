"""Differences in what checks said: between two prompts under one model, and between a base and a tuned model."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from statsmodels.stats.proportion import confint_proportions_2indep

from lib.domain import CaseStudy, Check, Control, Pair


class CheckCount(NamedTuple):
    """Of how many answers of a model to a prompt a check said yes, said no and couldn't tell."""

    prompt_id: str
    model_id: str
    check_key: str
    yes: int
    no: int
    unknown: int

    @property
    def told(self) -> int:
        return self.yes + self.no


class Difference(NamedTuple):
    """The share of yes in `after` minus that in `before`, with Newcombe's 95 % interval (1998, method 10)."""

    kind: Literal["framing", "tuning"]
    check: Check
    before: CheckCount
    after: CheckCount
    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0

    @property
    def strength(self) -> float:
        """How far the interval stays away from zero; below zero where it holds zero."""
        return max(self.low, -self.high)


Counts = Mapping[tuple[str, str, str], CheckCount]  # by prompt id, model id and check key


def by_place(counts: Iterable[CheckCount]) -> Counts:
    return {(c.prompt_id, c.model_id, c.check_key): c for c in counts}


def control_passed(case: CaseStudy, counts: Counts, model_id: str) -> bool | None:
    """Whether a model does what the case's control asks in at least half of its answers; None without a control."""
    if case.control is None:
        return None
    found = counts.get((_prompt_of(case, case.control), model_id, case.control.check))
    return found is not None and found.told > 0 and 2 * found.yes >= found.told


def _prompt_of(case: CaseStudy, control: Control) -> str:
    return f"{case.id}/{control.prompt}"


def differences(
    case: CaseStudy, checks: Iterable[Check], counts: Counts, models: Sequence[str], pairs: Iterable[Pair]
) -> list[Difference]:
    """Every comparison that some checks of a case allow, the strongest first.

    Framing: the first neutral prompt against each other prompt that has the same check, in one model that passes the
    control. Tuning: base against tuned model at one prompt.
    """
    plain = next(p for p in case.prompts if p.variant == "neutral")
    compared: list[_Compared] = []
    pairs = list(pairs)
    for check in checks:
        prompts = [p for p in case.prompts if check in case.checks_of(p)]
        for model in models:
            if plain in prompts and control_passed(case, counts, model) is not False:
                others = [(plain.id, p.id) for p in prompts if p is not plain]
                compared += [_Compared("framing", check, (a, model), (b, model)) for a, b in others]
        for pair in pairs:
            if pair.base.id in models and pair.tuned.id in models:
                compared += [_Compared("tuning", check, (p.id, pair.base.id), (p.id, pair.tuned.id)) for p in prompts]
    return sorted(_measured(compared, counts), key=lambda d: -d.strength)


class _Compared(NamedTuple):
    kind: Literal["framing", "tuning"]
    check: Check
    before: tuple[str, str]  # prompt and model
    after: tuple[str, str]


def _measured(compared: Iterable[_Compared], counts: Counts) -> list[Difference]:
    """The differences of those whose both sides have answers that could be decided; all intervals at once."""
    sides = [(c, counts.get((*c.before, c.check.key)), counts.get((*c.after, c.check.key))) for c in compared]
    told = [(c, a, b) for c, a, b in sides if a and b and a.told and b.told]
    if not told:
        return []
    tallies = np.array([[b.yes, b.told, a.yes, a.told] for _, a, b in told]).T
    low, high = confint_proportions_2indep(*tallies, method="newcomb")
    return [
        Difference(c.kind, c.check, a, b, b.yes / b.told - a.yes / a.told, float(x), float(y))
        for (c, a, b), x, y in zip(told, low, high, strict=True)
    ]
