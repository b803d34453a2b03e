"""Recipes: four differ in their data alone, and a faulty one is named by file and field."""

import pytest

from lib.domain import TrilemmaError
from lib.paths import ROOT
from lib.tuning.recipe import read_recipe, read_recipes


def test_the_four_tunings_differ_in_their_data_alone():
    tuned = [r for r in read_recipes(ROOT / "data" / "recipes") if r.stage == "dpo"]
    assert len(tuned) == 4
    own = {"id", "label", "criteria"}
    assert len({r.model_dump_json(exclude=own) for r in tuned}) == 1
    assert {r.criteria for r in tuned} == {("helpful",), ("harmless",), ("honest",), ("helpful", "harmless", "honest")}


def test_a_faulty_recipe_is_named_by_file_and_field(tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text('id = "odd"\nstage = "ppo"\nrows = 0\n')
    with pytest.raises(TrilemmaError, match=r"odd.toml: stage: .*\n(.|\n)*odd.toml: rows:"):
        read_recipe(path)
    with pytest.raises(TrilemmaError, match=r"There is no recipe 'gone'\. Known: odd"):
        read_recipe(tmp_path / "gone.toml")
