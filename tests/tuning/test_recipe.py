"""Recipes: those of a base differ in their data alone; a faulty one is named by file and field."""

import pytest

from lib.domain import CRITERIA, TrilemmaError
from lib.paths import ROOT
from lib.tuning.recipe import read_recipe, read_recipes
from tests.makers import store_recipe, tiny_recipe


@pytest.mark.parametrize("base", ["gemma-3-270m", "smollm2-135m-instruct"])
def test_the_tunings_of_a_base_differ_in_their_data_alone(base):
    tuned = [r for r in read_recipes(ROOT / "data" / "recipes") if (r.base, r.stage) == (base, "dpo")]
    data = {"id", "label", "criteria", "sets", "most_prompts", "most_opened", "draw", "seed"}
    assert len({r.model_dump_json(exclude=data) for r in tuned}) == 1
    assert {r.criteria for r in tuned} == {("helpful",), ("harmless",), ("honest",), ("helpful", "harmless", "honest")}


def test_recipes_come_base_by_base_in_the_order_of_training(tmp_path):
    mixed = tiny_recipe(id="all", stage="dpo", criteria=CRITERIA)
    told = [
        tiny_recipe(id="sft"),
        tiny_recipe(id="harmless", stage="dpo", criteria=("harmless",)),
        tiny_recipe(id="honest", stage="dpo"),
        tiny_recipe(id="honest-2", stage="dpo", draw=1),
        tiny_recipe(id="a-plain-honest", stage="dpo", most_prompts=5),
        mixed,
        tiny_recipe(id="a", base="tiny-2", stage="dpo"),
    ]
    for recipe in reversed(told):
        store_recipe(tmp_path, recipe)
    assert read_recipes(tmp_path) == told


def test_a_faulty_recipe_is_named_by_file_and_field(tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text('id = "odd"\nstage = "ppo"\nrows = 0\n')
    with pytest.raises(TrilemmaError, match=r"odd.toml: stage: .*\n(.|\n)*odd.toml: rows:"):
        read_recipe(path)
    with pytest.raises(TrilemmaError, match=r"There is no recipe 'gone'\. Known: odd"):
        read_recipe(tmp_path / "gone.toml")
