"""The registry names every fault, and pairs a tuned model with its own base only."""

import pytest
from pydantic import TypeAdapter

from lib.domain import AdapterSource, Model, WheelSource
from lib.models.registry import INGREDIENTS, ModelProblems, pairs, read_models
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
        ("[[model]]", "[[modell]]", "models.toml: modell: Extra inputs are not permitted"),
        ('label = "One"', 'label = "  "', "one: label"),
        ("context_tokens = 2048", "context_tokens = 8", "one: context_tokens: Input should be greater"),
        ('kind = "folder"', 'kind = "hub"', "one: source.hub.repo: Field required"),
        ('kind = "folder"', 'kind = "folder"\nbranch = "main"', "one: source.folder.branch: Extra inputs"),
    ],
)
def test_a_fault_is_named_by_entry_and_field(tmp_path, old, new, says):
    with pytest.raises(ModelProblems) as caught:
        _read(tmp_path, ENTRY.replace(old, new, 1))
    assert says in str(caught.value)


WHEELS = ENTRY.split("[model.source]")[0] + (
    '[model.source]\nkind = "wheels"\nwheels = ["a==1", "b==2"]\nfiles = {files}\nmegabytes = 1\n'
    f'sha256 = "{"0" * 64}"\n'
)


def test_one_pattern_serves_all_wheels_and_others_are_counted(tmp_path):
    (model,) = _read(tmp_path, WHEELS.replace("{files}", '["*.part"]'))
    assert isinstance(model.source, WheelSource) and model.source.files == ("*.part", "*.part")
    with pytest.raises(ModelProblems, match=r"one: source\.files: one pattern for all wheels"):
        _read(tmp_path, WHEELS.replace("{files}", '["*.part", "x", "y"]'))


def _adapter(base_id: str) -> str:
    told = "".join(
        f'[model.disclosures."{i}"]\nstatus = "partly"\nnote = "A note."\nsource = "https://example.org"\n'
        for i in reversed(INGREDIENTS)
    )
    head = ENTRY.split("[model.source]")[0].replace('id = "one"', f'id = "two"{base_id}').replace('"One"', '"Two"')
    head = head.replace('"base"', '"sft"')
    return f'{head}[model.source]\nkind = "adapter"\nsha256 = "{"0" * 64}"\n{told}'


def test_an_adapter_has_its_base_whatever_comes_first_in_the_file(tmp_path):
    first, second = _read(tmp_path, _adapter('\nbase_id = "one"') + ENTRY)
    assert isinstance(first.source, AdapterSource) and first.source.base == second
    assert tuple(first.disclosures) == INGREDIENTS


@pytest.mark.parametrize(
    ("base_id", "other", "says"),
    [
        ("", ENTRY, "two: base_id: an adapter needs one"),
        ('\nbase_id = "gone"', ENTRY, "two: base_id: 'gone' is not an entry"),
        ('\nbase_id = "two"', ENTRY, "two: base_id: 'two' is not a base model"),
        ('\nbase_id = "one"', ENTRY.replace("2048", "8"), "one: context_tokens: Input should be greater"),
    ],
)
def test_an_adapter_without_a_usable_base_is_named_once(tmp_path, base_id, other, says):
    with pytest.raises(ModelProblems) as caught:
        _read(tmp_path, _adapter(base_id) + other)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"models.toml: {says}")


def test_models_go_through_json_and_back():
    models = TypeAdapter(tuple[Model, ...])
    shipped = read_models(ROOT / "data" / "models.toml")
    assert models.validate_json(models.dump_json(shipped)) == shipped


def test_an_id_may_stand_only_once(tmp_path):
    with pytest.raises(ModelProblems, match="one: id: duplicate"):
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
    assert all(tuple(m.disclosures) == INGREDIENTS for m in models.values() if m.stage != "base")


def test_the_command_that_gets_a_model_names_it(tmp_path):
    assert "make models MODEL=one" in install_command(_read(tmp_path, ENTRY)[0])
