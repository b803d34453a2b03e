"""The registry names every fault, and pairs a tuned model with its own base only."""

import pytest
from pydantic import TypeAdapter

from lib.domain import CRITERIA, AdapterSource, Model, Pair, TrilemmaError, WheelSource
from lib.models.registry import (
    INGREDIENTS,
    ModelProblems,
    Registry,
    chosen_models,
    own_registry,
    pairs,
    read_models,
    read_registry,
)
from lib.models.weights import install_command
from lib.paths import ROOT
from tests.makers import MODELS_TOML

ENTRY = MODELS_TOML.format(id="one", label="One", template="chat", path='"/nowhere"')


def _registry(tmp_path, text: str, own: str = "") -> Registry:
    path = tmp_path / "models.toml"
    path.write_text(text)
    if own:
        own_registry(path).parent.mkdir(exist_ok=True)
        own_registry(path).write_text(own)
    return read_registry(path)


def _read(tmp_path, text: str):
    return _registry(tmp_path, text).models


SECOND = ENTRY.replace('"one"', '"sound"').replace('"One"', '"Sound"')


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('stage = "base"', 'stage = "raw"', "one: stage"),
        ("context_tokens = 2048", 'context_tokens = "many"', "one: context_tokens"),
        ('kind = "folder"', 'kind = "ftp"', "one: source"),
        ('label = "One"', 'lable = "One"', "one: lable"),
        ('stage = "base"', 'stage = "base"\nbase_id = "two"', "one: base_id"),
        ('id = "one"', "", "entry 1: id"),
        ('label = "One"', 'label = "  "', "one: label"),
        ("context_tokens = 2048", "context_tokens = 8", "one: context_tokens: Input should be greater"),
        ('kind = "folder"', 'kind = "hub"', "one: source.hub.repo: Field required"),
        ('kind = "folder"', 'kind = "folder"\nbranch = "main"', "one: source.folder.branch: Extra inputs"),
    ],
)
def test_an_entry_with_a_fault_is_left_out_and_named_by_field(tmp_path, old, new, says):
    models, faults = _registry(tmp_path, ENTRY.replace(old, new, 1) + SECOND)
    assert [m.id for m in models] == ["sound"] and any(f.startswith(f"models.toml: {says}") for f in faults)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ENTRY.replace("[[model]]", "[[model]"), "not valid TOML"),
        (ENTRY.replace("[[model]]", "[[modell]]"), "models.toml: modell: Extra inputs are not permitted"),
        ("", "models.toml: model: Field required"),
    ],
)
def test_a_file_that_is_no_registry_is_refused_where_it_is_shipped_and_named_where_it_is_not(tmp_path, text, says):
    with pytest.raises(ModelProblems, match=says):
        _read(tmp_path, text)
    if text:
        models, faults = _registry(tmp_path, ENTRY, text)
        assert [m.id for m in models] == ["one"] and faults[-1].startswith("local/models.toml: ")


def test_own_entries_come_after_the_shipped_ones_and_may_name_their_bases(tmp_path):
    own = SECOND.replace('stage = "base"', 'stage = "preference"\nbase_id = "one"').replace("licence", "# licence")
    models, faults = _registry(tmp_path, ENTRY, own)
    assert [m.id for m in models] == ["one", "sound"] and faults == ()
    assert models[1].licence_line == "not stated" and models[1].disclosures == {} and len(pairs(models)) == 1


def test_what_is_shipped_is_not_replaced_by_an_own_entry(tmp_path):
    models, (fault,) = _registry(tmp_path, ENTRY, ENTRY.replace('"One"', '"Another"'))
    assert [m.label for m in models] == ["One"] and fault == "local/models.toml: one: id: duplicate"


def test_an_entry_goes_with_its_base(tmp_path):
    tuned = SECOND.replace('stage = "base"', 'stage = "sft"\nbase_id = "one"')
    models, faults = _registry(tmp_path, ENTRY.replace("2048", "8") + tuned + ENTRY.replace('"one"', '"three"'))
    assert [m.id for m in models] == ["three"] and len(faults) == 2
    assert faults[1] == "models.toml: sound: base_id: 'one' is not an entry, or one with a fault"


def test_who_asks_for_an_entry_with_a_fault_is_told_the_fault(tmp_path):
    _registry(tmp_path, ENTRY.replace("2048", "8") + SECOND)
    with pytest.raises(TrilemmaError, match=r"Unknown model: one\. Known: sound\nmodels\.toml: one: context_tokens: "):
        chosen_models(tmp_path / "models.toml", ["one"])


WHEELS = ENTRY.split("[model.source]")[0] + (
    '[model.source]\nkind = "wheels"\nwheels = ["a==1", "b==2"]\nfiles = {files}\nmegabytes = 1\n'
    f'sha256 = "{"0" * 64}"\n'
)


def test_one_pattern_serves_all_wheels_and_others_are_counted(tmp_path):
    (model,) = _read(tmp_path, WHEELS.replace("{files}", '["*.part"]'))
    assert isinstance(model.source, WheelSource) and model.source.files == ("*.part", "*.part")
    _, (fault,) = _registry(tmp_path, WHEELS.replace("{files}", '["*.part", "x", "y"]'))
    assert fault.startswith("models.toml: one: source.files: one pattern for all wheels")


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


_TUNED = ENTRY.replace('"base"', '"sft"') + "".join(
    f'[model.disclosures."{i}"]\nstatus = "partly"\nnote = "A note."\nsource = "https://example.org"\n'
    for i in INGREDIENTS
)


def test_an_adapter_may_stand_on_a_tuned_model_and_no_other_model_may(tmp_path):
    base, adapter = _read(tmp_path, _TUNED + _adapter('\nbase_id = "one"'))
    assert base.stage == "sft" and isinstance(adapter.source, AdapterSource) and adapter.source.base == base
    assert pairs((base, adapter)) == (Pair(base, adapter),)
    own = _TUNED.replace('id = "one"', 'id = "two"\nbase_id = "one"').replace('"One"', '"Two"')
    models, (fault,) = _registry(tmp_path, _TUNED + own)
    assert len(models) == 1 and fault.startswith("models.toml: two: base_id: 'one' is not of the stage 'base'")


@pytest.mark.parametrize("adapter", [True, False])
def test_a_base_of_another_family_is_refused(tmp_path, adapter):
    tuned = _adapter('\nbase_id = "one"')
    if not adapter:
        tuned = tuned.replace('kind = "adapter"', 'kind = "folder"').replace(f'sha256 = "{"0" * 64}"', 'path = "/x"')
    models, (fault,) = _registry(tmp_path, ENTRY + tuned.replace('family = "tiny"', 'family = "large"'))
    assert len(models) == 1 and fault == "models.toml: two: base_id: 'one' is not of the family 'large'"


@pytest.mark.parametrize(
    ("base_id", "other", "says"),
    [
        ("", ENTRY, "two: base_id: an adapter needs one"),
        ('\nbase_id = "gone"', ENTRY, "two: base_id: 'gone' is not an entry"),
        ('\nbase_id = "two"', ENTRY, "two: base_id: 'two' is an adapter"),
        ('\nbase_id = "one"', ENTRY.replace("2048", "8"), "two: base_id: 'one' has a fault of its own"),
    ],
)
def test_an_adapter_without_a_usable_base_is_named_once(tmp_path, base_id, other, says):
    _, faults = _registry(tmp_path, _adapter(base_id) + other)
    assert [f.startswith(f"models.toml: {says}") for f in faults if ": two: " in f] == [True]


def test_models_go_through_json_and_back():
    models = TypeAdapter(tuple[Model, ...])
    shipped = read_models(ROOT / "data" / "models.toml")
    assert models.validate_json(models.dump_json(shipped)) == shipped


def test_an_id_may_stand_only_once(tmp_path):
    models, faults = _registry(tmp_path, ENTRY + ENTRY)
    assert len(models) == 1 and faults == (
        "models.toml: one: id: duplicate",
        "models.toml: one: label: duplicate 'One'",
    )


def test_the_shipped_registry_pairs_tuned_models_with_their_own_base():
    models = {m.id: m for m in read_models(ROOT / "data" / "models.toml")}
    found = {(p.base.id, p.tuned.id) for p in pairs(models.values())}
    assert ("pythia-160m-hub", "pythia-160m-hh-dpo-hub") in found and (
        "olmo-2-1b-hub",
        "olmo-2-1b-instruct-hub",
    ) in found
    assert all(models[b].family == models[t].family for b, t in found)
    on_tuned = {t for b, t in found if models[b].stage != "base"}
    assert on_tuned == {m.id for m in models.values() if m.base_id == "smollm2-135m-instruct"}
    assert on_tuned >= {f"smollm2-135m-{c}" for c in (*CRITERIA, "all")}
    assert [m.id for m in models.values() if m.default] == ["smollm2-135m-instruct", "gemma-3-270m"]
    assert all(tuple(m.disclosures) == INGREDIENTS for m in models.values() if m.stage != "base")


def test_the_command_that_gets_a_model_names_it(tmp_path):
    assert "make models MODEL=one" in install_command(_read(tmp_path, ENTRY)[0])
