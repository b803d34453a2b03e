"""Adding a model: what is found of folders, hub models and servers, what is asked, and what is written."""

import json
import re
import tomllib
from dataclasses import replace

import pytest

from lib.__main__ import main
from lib.domain import EndpointSource, FolderSource, TrilemmaError
from lib.models.added import add_model, as_toml, own_ids, remove_model
from lib.models.found import found, slug
from lib.models.registry import own_registry, read_models, read_registry
from lib.models.served import ServedModel
from tests.serving import Server, free_port

PLAIN = {"id": "mine", "label": "Mine", "family": "tiny", "stage": "base", "template": "chat", "context_tokens": 512}
ENTRY = {**PLAIN, "source": {"kind": "folder", "path": "/x"}}


def _lib(monkeypatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["lib", "add-model", *words])
    return main()


def test_an_entry_is_added_and_removed_and_the_others_stay_as_they_are(tiny_data):
    own = own_registry(tiny_data.models)
    add_model(tiny_data.models, ENTRY)
    own.write_text(own.read_text() + "# a note of mine\n")
    add_model(tiny_data.models, {**ENTRY, "id": "mine-2", "label": "Mine 2"})
    assert [m.id for m in read_models(tiny_data.models)][2:] == ["mine", "mine-2"] == list(own_ids(tiny_data.models))
    remove_model(tiny_data.models, "mine-2")
    assert own_ids(tiny_data.models) == ("mine",) and "# a note of mine" in own.read_text()
    with pytest.raises(TrilemmaError, match="is no entry that was added here"):
        remove_model(tiny_data.models, "tiny-chat")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "tiny-chat"}, "id: duplicate"),
        ({"context_tokens": 1}, "context_tokens: Input should be greater"),
        ({"stage": "sft", "base_id": "gone"}, "base_id: 'gone' is not an entry"),
        ({"source": {"kind": "endpoint", "url": "ftp://x", "model": "x"}}, "source.endpoint.url: "),
        ({"source": {"kind": "endpoint", "url": "http://x", "model": "x", "key": "sk-123 secret"}}, "endpoint.key: "),
    ],
)
def test_an_entry_with_a_fault_is_refused_and_nothing_is_written(tiny_data, change, says):
    with pytest.raises(TrilemmaError, match=re.escape(says)):
        add_model(tiny_data.models, {**ENTRY, **change})
    assert not own_registry(tiny_data.models).exists()


@pytest.mark.parametrize(
    "text", ['a "quoted" \\ text', "two\nlines", "\x7f \x00 \u2028", "[[model]]\n[model.source]", "é 😀"]
)
def test_any_text_comes_out_of_the_file_as_it_went_in(text):
    entry = {**ENTRY, "tuning": text, "disclosures": {"raters": {"status": "partly", "note": text}}}
    assert tomllib.loads(as_toml(entry))["model"] == [entry]


def test_a_folder_tells_its_template_length_licence_and_base(tiny_data, tiny_folder, tmp_path):
    folder = tmp_path / "Tiny-Chat-DPO"
    folder.symlink_to(tiny_folder)
    copied = tmp_path / "copy" / "Tiny-Chat-DPO"
    copied.mkdir(parents=True)
    for file in tiny_folder.iterdir():
        (copied / file.name).write_bytes(file.read_bytes())
    (copied / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n")
    at_hand = found(str(copied), read_models(tiny_data.models))
    expected = {"id": "tiny-chat-dpo", "label": "Tiny Chat DPO", "stage": "preference", "template": "chat"}
    assert at_hand.entry.items() >= {**expected, "context_tokens": 2048, "licence": "mit"}.items()
    assert {"stage", "family"} <= at_hand.guessed
    model = add_model(tiny_data.models, {k: v for k, v in at_hand.entry.items() if k != "base_id"})
    assert model.source == FolderSource(str(copied)) and model.disclosures == {}


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Llama-3.1-8B-Instruct", "llama-3.1"),
        ("SmolLM2-135M", "smollm2"),
        ("phi-2-dpo", "phi-2"),
        ("qwen2.5:0.5b", "qwen2.5"),
        ("gpt-5-mini", "gpt-5"),
        ("Mistral-7B-v0.1", "mistral"),
    ],
)
def test_a_family_is_the_name_and_its_generation(name, family):
    entry = found_by_name(name)
    assert entry["family"] == family and re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", entry["id"])


def found_by_name(name: str) -> dict:
    from lib.models.found import _named

    return _named(name, (), "")


@pytest.mark.parametrize("file", ["SmolLM2-135M-Instruct.Q4_1.gguf", "/models/SmolLM2-135M-Instruct-Q4_K_M.gguf"])
def test_a_served_file_is_named_without_how_it_is_packed(server, tiny_data, monkeypatch, file):
    monkeypatch.setattr("lib.models.found.served_models", lambda source: [ServedModel(file, None)])
    entry = found(server.url, ()).entry
    assert (entry["id"], entry["stage"]) == ("smollm2-135m-instruct", "preference") and entry["source"]["model"] == file


def test_a_tuned_model_is_offered_its_base_by_name(tiny_data):
    from lib.models.found import _named

    base = replace(read_models(tiny_data.models)[0], id="smollm2-1.7b", family="smollm2", label="B")
    assert _named("SmolLM2-1.7B-Instruct", [base], "").get("base_id") == "smollm2-1.7b"
    assert "base_id" not in _named("SmolLM2-360M-Instruct", [base], "")


@pytest.mark.parametrize("what", ["no such thing", "/nowhere/at/all", "a/b/c"])
def test_what_is_nothing_is_said_to_be_nothing(what):
    with pytest.raises(TrilemmaError, match="is no folder on this computer, no model of the hub"):
        found(what, ())


def test_files_that_cannot_be_loaded_are_refused_with_what_to_do(tmp_path):
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    with pytest.raises(TrilemmaError, match="llama-server"):
        found(str(tmp_path / "model.gguf"), ())
    other = tmp_path / "other"
    other.mkdir()
    (other / "adapter_config.json").write_text("{}")
    with pytest.raises(TrilemmaError, match="merge it into its base"):
        found(str(other), ())
    (other / "config.json").write_text("{}")
    with pytest.raises(TrilemmaError, match="no safetensors file"):
        found(str(other), ())
    (other / "model.safetensors").write_bytes(b"")
    (other / "config.json").write_text("[")
    with pytest.raises(TrilemmaError, match=r"config\.json: "):
        found(str(other), ())


def test_a_hub_that_is_out_of_reach_leaves_the_rest_to_be_asked(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", _unreachable)
    at_hand = found("https://huggingface.co/someone/Some-1B-SFT", ())
    assert at_hand.entry["source"] == {"kind": "hub", "repo": "someone/Some-1B-SFT"} and at_hand.entry["stage"] == "sft"
    assert "told nothing" in at_hand.notes[0] and "context_tokens" not in at_hand.entry


def _unreachable(*args, **kwargs):
    raise OSError("no network")


@pytest.fixture
def server(tiny):
    yield from Server(tiny(), key="none").serve()


def test_a_server_is_added_from_its_address_alone(server, tiny_data, monkeypatch, capsys):
    assert _lib(monkeypatch, f"http://127.0.0.1:{server.port}", "--stage", "preference") == 0
    (model,) = read_models(tiny_data.models)[2:]
    assert model.source == EndpointSource(server.url, "tiny") and model.context_tokens == 2048
    assert model.template == "chat" and "python -m lib ask" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["lib", "models", model.id])
    assert main() == 0, "the server has it"
    assert _lib(monkeypatch, "--remove", model.id) == 0 and len(read_models(tiny_data.models)) == 2


def test_what_is_missing_is_named_by_its_option(server, tiny_data, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        _lib(monkeypatch, server.url)
    assert "not found, and needed: --stage" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        _lib(monkeypatch)
    assert read_registry(tiny_data.models).faults == () and not own_registry(tiny_data.models).exists()


def test_a_server_out_of_reach_is_said_to_be_so_unless_its_model_is_named(tiny_data, monkeypatch, capsys):
    url = f"http://127.0.0.1:{free_port()}/v1"
    assert _lib(monkeypatch, url) == 2 and "cannot be reached" in capsys.readouterr().err
    words = ("--model", "some-model:1b", "--stage", "base", "--key", "SOME_KEY", "--family", "tiny")
    monkeypatch.setenv("SOME_KEY", "private")
    assert _lib(monkeypatch, url, *words) == 0
    (model,) = read_models(tiny_data.models)[2:]
    assert model.id == "some-model-1b" and model.template == "dialogue"
    assert json.dumps(own_registry(tiny_data.models).read_text()).count("private") == 0


def test_an_id_has_letters_figures_points_and_dashes_only():
    assert slug("Qwen/Qwen2.5:0.5B (q4)") == "qwen-qwen2.5-0.5b-q4" and slug("///") == "model"
