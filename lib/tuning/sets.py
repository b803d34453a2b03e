"""Tuning sets: the adapters over one base, which are evaluated together, and what their DPO started from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lib.domain import Criterion, TrilemmaError
from lib.tuning.adapters import AdapterCard
from lib.tuning.recipe import Recipe


class TuningSet(NamedTuple):
    """What is tuned on one base. `recipes` and `cards` are in the order of training."""

    base: str
    recipes: tuple[Recipe, ...]  # of those that have no adapter yet too
    cards: Mapping[str, AdapterCard]  # of the adapters that are here, by id

    @property
    def reference(self) -> str:
        """The model that DPO started from, against which rewards, KL and shifts are measured: SFT adapter or base."""
        first = [r.id for r in self.recipes if r.stage == "sft"] + [r.start for r in self.recipes if r.start]
        return first[0] if first else self.base

    @property
    def reference_is_here(self) -> bool:
        return self.reference in (self.base, *self.cards)

    @property
    def max_tokens(self) -> int:
        """Of prompt and reply together: longer pairs are neither trained nor evaluated on."""
        return max(card.recipe.max_tokens for card in self.cards.values())

    @property
    def tuned(self) -> dict[str, AdapterCard]:
        """The DPO adapters."""
        return {name: card for name, card in self.cards.items() if card.recipe.stage == "dpo"}

    @property
    def tunings(self) -> tuple[tuple[str, ...], ...]:
        """The DPO adapters, the seeds of one recipe together."""
        return tuple(replicates(self.tuned))

    @property
    def later_seeds(self) -> set[str]:
        return {name for seeds in self.tunings for name in seeds[1:]}


def tuned_for(cards: Mapping[str, AdapterCard]) -> dict[str, tuple[Criterion, ...]]:
    """On which criteria each DPO adapter was tuned, by its id."""
    return {name: card.recipe.criteria for name, card in cards.items() if card.recipe.stage == "dpo"}


def replicates(cards: Mapping[str, AdapterCard]) -> list[tuple[str, ...]]:
    """Adapters whose recipes differ only in draw and seed, together; the one with the lowest draw first."""
    groups: dict[str, list[str]] = {}
    for name, card in cards.items():
        alike = card.recipe.model_copy(update={"id": "x", "label": "x", "draw": 0, "seed": 0})
        groups.setdefault(alike.model_dump_json(), []).append(name)
    return [tuple(sorted(g, key=lambda name: (cards[name].recipe.draw, name))) for g in groups.values()]


def first_seeds(model_ids: Iterable[str], sets: Sequence[TuningSet]) -> tuple[str, ...]:
    """Of all models those that no other one stands for: not the later seeds of a tuning."""
    later = {name for each in sets for name in each.later_seeds}
    return tuple(m for m in model_ids if m not in later)


def tuning_sets(recipes: Sequence[Recipe], cards: Mapping[str, AdapterCard]) -> list[TuningSet]:
    """One for each base that has recipes or adapters, in their order. Adapters without a recipe come last."""
    order = {r.id: k for k, r in enumerate(recipes)}
    made = dict(sorted(cards.items(), key=lambda item: order.get(item[1].recipe.id, len(order))))
    every = {r.id: r for r in (*recipes, *(card.recipe for card in made.values()))}
    return [
        TuningSet(
            base,
            tuple(r for r in every.values() if r.base == base),
            {name: card for name, card in made.items() if card.recipe.base == base},
        )
        for base in dict.fromkeys(r.base for r in every.values())
    ]


def chosen_sets(sets: Sequence[TuningSet], base: str | None) -> list[TuningSet]:
    """Those that have adapters, or the one over `base`. Raises TrilemmaError where it has none."""
    here = {s.base: s for s in sets if s.cards}
    if base and base not in here:
        raise TrilemmaError(f"No adapter is on {base!r}. There are some on: {', '.join(here)}")
    return [here[base]] if base else list(here.values())
