"""Made-up findings of the shipped adapters, or of others, for the tuning lab."""

from collections.abc import Mapping

from lib.paths import Paths
from lib.tuning.adapters import read_cards
from lib.tuning.findings import (
    Behaviour,
    Cell,
    ChoiceCell,
    Evaluation,
    Findings,
    Greedy,
    write,
)
from lib.tuning.recipe import read_recipes
from lib.tuning.sets import TuningSet, tuning_sets

GEMMA, SMOLLM = "gemma-3-270m", "smollm2-135m-instruct"
AT = {"helpful": 0.7, "harmless": 0.3, "honest": 0.5}


def set_over(data: Paths, base: str) -> TuningSet:
    return next(s for s in tuning_sets(read_recipes(data.recipes), read_cards(data.adapters)) if s.base == base)


def made_up_findings(
    data: Paths, at: Mapping[str, float], matched: Mapping[str, float], base: str = GEMMA, **weights: str
) -> None:
    """Made-up findings of the adapters on one criterion; `weights`: of other ones. Each later seed lies .04 higher."""
    mine = set_over(data, base)
    tuned = [name for name, card in mine.tuned.items() if len(card.recipe.criteria) == 1]
    higher = {name: 0.04 * k for seeds in mine.tunings for k, name in enumerate(seeds)}
    table = [
        Cell(
            model=m,
            set=s,
            accuracy=v + higher[m],
            low=v + higher[m] - 0.06,
            high=v + higher[m] + 0.06,
            n=90 - 50 * only,
            measure="implicit_reward",
            length_matched=only,
        )
        for m in tuned
        for only, shares in ((False, at), (True, matched))
        for s, v in shares.items()
    ]
    every = list(dict.fromkeys((base, mine.reference, *tuned)))
    moved = {"shift_chosen": at, "shift_rejected": at}
    seen = [
        Behaviour(
            model=m,
            answers=2,
            coherent=2,
            changed=int(m in tuned),
            words=9.0,
            kl=0.4 if m in tuned else None,
            **moved,
        )
        for m in every
    ]
    right = {m: 0.3 + higher.get(m, 0) for m in every}
    choices = [ChoiceCell(model=m, n=50, accuracy=a, low=0.2, high=0.4, chance=0.22) for m, a in right.items()]
    greedy = [
        Greedy(prompt_id=f"broken-vase/{p}", model=m, text=f"The answer of {m}.")
        for m in every
        for p in ("plain", "urgent")
    ]
    own = {name: card.weights_sha256 for name, card in mine.cards.items()} | weights
    held_out = {c: {"rows": 90.0} for c in at}
    write(
        data.data / "tuning" / base,
        Findings(table, seen, choices, greedy),
        Evaluation(models=seen, choices=choices, weights=own, probes={}, held_out=held_out, date="2026-01-01"),
    )
