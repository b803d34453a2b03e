"""Which adapters are evaluated together, and what they are held to."""

import pytest

from lib.domain import TrilemmaError
from lib.paths import ROOT
from lib.tuning.adapters import AdapterCard, read_cards
from lib.tuning.recipe import Recipe, read_recipes
from lib.tuning.sets import chosen_sets, first_seeds, replicates, tuning_sets
from tests.makers import tiny_recipe

SHIPPED = read_cards(ROOT / "data" / "adapters")


def _cards(*recipes: Recipe) -> dict[str, AdapterCard]:
    card = next(iter(SHIPPED.values()))
    return {r.id: card.model_copy(update={"recipe": r}) for r in recipes}


def test_the_shipped_adapters_are_two_sets_with_and_without_an_sft_step():
    gemma, smollm = tuning_sets(read_recipes(ROOT / "data" / "recipes"), SHIPPED)
    assert (gemma.base, gemma.reference) == ("gemma-3-270m", "gemma-3-270m-sft")
    assert (smollm.base, smollm.reference) == ("smollm2-135m-instruct", "smollm2-135m-instruct")
    assert {*gemma.cards, *smollm.cards} == {*SHIPPED} and gemma.reference_is_here and smollm.reference_is_here
    assert [g[0].rsplit("-", 1)[-1] for g in smollm.tunings] == ["helpful", "harmless", "honest", "all"]


def test_adapters_whose_start_is_not_here_are_not_held_to_their_base():
    dpo = tiny_recipe(id="tiny-dpo", stage="dpo", start="tiny-sft")
    (alone,) = tuning_sets([], _cards(dpo))
    assert alone.reference == "tiny-sft" and not alone.reference_is_here


def test_replicates_are_those_that_differ_in_draw_and_seed_alone():
    first = tiny_recipe(id="m-honest", stage="dpo")
    cards = _cards(
        tiny_recipe(id="m-honest-3", stage="dpo", draw=2, seed=3),
        first,
        tiny_recipe(id="m-honest-2", stage="dpo", draw=1, seed=2),
        tiny_recipe(id="m-stronger", stage="dpo", epochs=2),
    )
    assert replicates(cards) == [("m-honest", "m-honest-2", "m-honest-3"), ("m-stronger",)]
    assert first_seeds(["tiny", *cards], tuning_sets([], cards)) == ("tiny", "m-honest", "m-stronger")


def test_a_base_without_adapters_is_named_with_those_that_have_some():
    sets = tuning_sets([tiny_recipe(id="odd", base="bare")], _cards(tiny_recipe(id="tiny-sft")))
    assert [s.base for s in sets] == ["bare", "tiny"] and chosen_sets(sets, None) == [sets[1]]
    for unknown in ("bare", "gone"):
        with pytest.raises(TrilemmaError, match=f"No adapter is on '{unknown}'. There are some on: tiny"):
            chosen_sets(sets, unknown)
