"""The registry names every fault, and pairs a tuned model with its own base only."""

import pytest

from lib.models.registry import ASPECTS, ModelProblems, pairs, read_models
from lib.models.weights import install_command
from lib.paths import ROOT
from tests.makers import MODELS_TOML

ENTRY = MODELS_TOML.format(id="one", label="One", template="chat", path='"/nowhere"')


def _read(tmp_path, text: str):
    path = tmp_path / "models.toml"
    path.write_text(text)
    return read_models(path)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('stage = "base"', 'stage = "raw"', "one: stage"),
        ("context_tokens = 2048", 'context_tokens = "many"', "one: context_tokens"),
        ('kind = "folder"', 'kind = "ftp"', "one: source"),
        ('label = "One"', 'lable = "One"', "one: lable"),
        ('stage = "base"', 'stage = "sft"', "one: disclosures: missing preference data"),
        ('stage = "base"', 'stage = "base"\nbase_id = "two"', "one: base_id"),
        ('id = "one"', "", "entry 1: id"),
        ("[[model]]", "[[model]", "not valid TOML"),
    ],
)
def test_a_fault_is_named_by_entry_and_field(tmp_path, old, new, says):
    with pytest.raises(ModelProblems) as caught:
        _read(tmp_path, ENTRY.replace(old, new, 1))
    assert says in str(caught.value)


def test_an_id_may_stand_only_once(tmp_path):
    with pytest.raises(ModelProblems, match="one: id: stands twice"):
        _read(tmp_path, ENTRY + ENTRY)


def test_the_shipped_registry_pairs_tuned_models_with_their_own_base():
    models = {m.id: m for m in read_models(ROOT / "data" / "models.toml")}
    found = {(p.base.id, p.tuned.id) for p in pairs(models.values())}
    assert ("pythia-160m-hub", "pythia-160m-hh-dpo-hub") in found and (
        "olmo-2-1b-hub",
        "olmo-2-1b-instruct-hub",
    ) in found
    assert all(models[b].family == models[t].family and models[b].stage == "base" for b, t in found)
    assert [m.id for m in models.values() if m.default] == ["smollm2-135m-instruct", "gemma-3-270m"]
    assert all(tuple(m.disclosures) == ASPECTS for m in models.values() if m.stage != "base")


def test_the_command_that_gets_a_model_names_it(tmp_path):
    assert "make models MODEL=one" in install_command(_read(tmp_path, ENTRY)[0])
