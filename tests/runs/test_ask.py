"""`python -m lib ask`: the page Live at a command line, on a real tiny model."""

import pytest

from lib.__main__ import main
from lib.models.added import add_model
from lib.models.install import install
from lib.runs.live import from_json
from tests.serving import Server

SMALL = ("--max-tokens", "8")


@pytest.fixture
def ask(with_adapter, monkeypatch):
    install(with_adapter["tiny-sft"], print)

    def run(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["lib", "ask", *words])
        return main()

    return run


def test_models_answer_and_what_tuning_changed_is_said(ask, capsys, tmp_path):
    words = ("--samples", "2", "--temperature", "0", "--helpful", "Yes, of course.", "--honest", "I do not know.")
    out = tmp_path / "out"
    models = ("tiny-dialogue", "tiny-honest")
    assert ask("What should I say to her about tea?", "--models", *models, *words, *SMALL, "--output", str(out)) == 0
    said = capsys.readouterr().out
    assert "Language: en (detected)" in said and "At temperature 0" in said
    assert "== Tiny (dialogue), sample 2: 8 tokens" in said and "nats per 100 characters" in said
    assert "Tiny (dialogue) -> tiny-honest, what tuning changed: helpful " in said
    (file,) = out.glob("*.json")
    live = from_json(file.read_bytes())
    assert len(live.responses) == 4 and live.prompt.text == "What should I say to her about tea?"


def test_a_file_of_prompts_and_a_cases_prompt(ask, capsys, tmp_path):
    file = tmp_path / "prompts.txt"
    file.write_text("\ufeffWhat is tea?\n\nWas ist Tee, und wie macht man ihn?\n", encoding="utf-8")
    assert ask("--file", str(file), "--models", "tiny-dialogue", *SMALL) == 0
    said = capsys.readouterr().out
    assert "#### Prompt 2 of 2: Was ist Tee" in said and "Language: de (detected)" in said
    assert ask("--case", "broken-vase/plain", "--models", "tiny-dialogue", *SMALL) == 0
    assert "== Tiny (dialogue), sample 1" in capsys.readouterr().out


def test_an_endpoint_is_named_before_anything_is_sent(ask, tiny, tiny_data, capsys, monkeypatch):
    monkeypatch.setattr("lib.domain.EndpointSource.on_this_computer", property(lambda self: False))
    server = Server(tiny(), key="none")
    source = {"kind": "endpoint", "url": server.url, "model": "tiny"}
    plain = {"id": "far", "label": "Far", "family": "tiny", "stage": "base", "template": "chat", "context_tokens": 2048}
    add_model(tiny_data.models, {**plain, "source": source})
    for _ in server.serve():
        assert (
            ask("Hi there, what is tea?", "--models", "far", "--system", "Be brief.", "--turns", "Hi", "Hello!", *SMALL)
            == 0
        )
    printed = capsys.readouterr()
    assert f"Far: the prompts leave this computer and go to {server.url}" in printed.err
    assert [m["role"] for m in server.asked[0]["messages"]] == ["system", "user", "assistant", "user"]
    assert "== Far, sample 1: 8 tokens" in printed.out
    assert ask("Hi there, what is tea?", "--models", "far", *SMALL) == 2, "the server is gone"
    assert "cannot be reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Nothing is asked"),
        (("--file", "/nowhere.txt"), "can't be read"),
        (("--case", "gone/plain"), "No prompt 'gone/plain'"),
        (("Hello", "--turns", "one"), "the last one must be the assistant's"),
        (("🎉",), "only symbols"),
    ],
)
def test_what_is_no_question_gets_one_line(ask, capsys, words, says):
    assert ask(*words) == 2
    err = capsys.readouterr().err
    assert says in err and "Traceback" not in err
