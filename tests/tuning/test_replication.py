"""Seeds count as one tuning, and sets agree only where every seed of each is told from chance on one side."""

import pytest

from lib.paths import ROOT
from lib.tuning.adapters import read_cards
from lib.tuning.findings import Cell
from lib.tuning.recipe import Recipe
from lib.tuning.replication import pooled, rewards, rows_over_seeds, sides_by_set, tuned_on, verdict
from lib.tuning.sets import TuningSet, tuning_sets
from tests.makers import tiny_recipe


def _cell(model: str, accuracy: float, name: str = "honest", around: float = 0.05, **changes) -> Cell:
    plain = {"measure": "implicit_reward", "n": 90, "length_matched": False} | changes
    return Cell(model=model, set=name, accuracy=accuracy, low=accuracy - around, high=accuracy + around, **plain)


def _set(*recipes: Recipe) -> TuningSet:
    card = next(iter(read_cards(ROOT / "data" / "adapters").values()))
    (mine,) = tuning_sets(recipes, {r.id: card.model_copy(update={"recipe": r}) for r in recipes})
    return mine


FIRST = tiny_recipe(id="m", stage="dpo")
SEEDS = (FIRST, tiny_recipe(id="m-2", stage="dpo", draw=1), tiny_recipe(id="m-3", stage="dpo", draw=2))


def test_one_seed_keeps_its_interval_and_several_have_the_range_over_them():
    assert pooled([_cell("m", 0.7)]) == (0.7, pytest.approx(0.65), 0.75, 1, "with")
    several = pooled([_cell("m", 0.7), _cell("m-2", 0.6), _cell("m-3", 0.8)])
    assert several == (pytest.approx(0.7), 0.6, 0.8, 3, "with")


@pytest.mark.parametrize(
    ("accuracies", "side"),
    [((0.7, 0.6), "with"), ((0.3, 0.4), "against"), ((0.7, 0.52), ""), ((0.7, 0.3), ""), ((0.5, 0.5), "")],
)
def test_a_tuning_lies_on_a_side_where_every_seed_does(accuracies, side):
    assert pooled([_cell(f"m-{k}", a) for k, a in enumerate(accuracies)]).side == side


def test_seeds_are_one_row_and_other_models_rows_of_their_own():
    mine = _set(tiny_recipe(id="sft"), *SEEDS)
    rows = rows_over_seeds([_cell(m, a) for m, a in (("sft", 0.5), ("m", 0.7), ("m-2", 0.6), ("m-3", 0.8))], mine)
    assert [(r.model, r.share.seeds, round(r.share.value, 2)) for r in rows] == [("sft", 1, 0.5), ("m", 3, 0.7)]


def test_rewards_are_of_one_measure_and_one_kind_of_pairs():
    cells = [_cell("m", 0.7), _cell("m", 0.6, length_matched=True), _cell("m", 0.5, measure="loglik")]
    assert (rewards(cells), rewards(cells, length_matched=True)) == (cells[:1], cells[1:2])


def test_the_tuning_without_boilerplate_stands_for_its_criterion_once_it_is_measured():
    mine = _set(FIRST, tiny_recipe(id="m-without", stage="dpo", most_prompts=5))
    cells = [_cell("m", 0.8), _cell("m", 0.6, "helpful")]
    assert {r.model for r in tuned_on("honest", mine, rows_over_seeds(cells, mine)).values()} == {"m"}
    found = tuned_on("honest", mine, rows_over_seeds([*cells, _cell("m-without", 0.7)], mine))
    assert [(s, r.model) for s, r in found.items()] == [("honest", "m-without")]
    assert tuned_on("helpful", mine, rows_over_seeds(cells, mine)) == {}


@pytest.mark.parametrize(
    ("sides", "told"),
    [
        (("with", "with"), "same"),
        (("against", "against", "against"), "same"),
        (("with", "against"), "opposite"),
        (("with", "", "against"), "opposite"),
        (("with", ""), "open"),
        (("", ""), "chance"),
    ],
)
def test_sets_agree_opposed_or_open(sides, told):
    assert verdict(sides) == told


def test_a_set_without_a_row_has_no_side():
    mine = _set(FIRST)
    (row,) = rows_over_seeds([_cell("m", 0.7)], mine)
    assert sides_by_set({"A": {"honest": row}, "B": {}}, "honest") == {"A": "with"}
