"""The command line: words reach their verb, and what goes wrong has its exit code and its sentence."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from lib.__main__ import main
from lib.command_line import repeated
from lib.paths import ROOT


def _lib(monkeypatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["lib", *words])
    return main()


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("--cases a b --seed 3", "--cases a --cases b --seed 3"),
        ("x --cases a --models b c", "x --cases a --models b --models c"),
        ("--cases=a b", "--cases=a b"),
        ("--cases --seed 3", "--cases --seed 3"),
        ("--seed 3 --models", "--seed 3 --models"),
    ],
)
def test_an_option_takes_every_word_up_to_the_next(words, known):
    assert list(repeated(words.split(), {"--cases", "--models"})) == known.split()


def test_every_unknown_case_of_an_option_is_named(tiny_data, monkeypatch, capsys):
    assert _lib(monkeypatch, "precompute", "--cases", "gone", "broken-vase", "lost", "--samples", "1") == 2
    assert capsys.readouterr().err == "Unknown case: gone, lost. Known: broken-vase\n"
    assert _lib(monkeypatch, "precompute", "--prompts", "broken-vase/plain", "broken-vase/x") == 2
    assert capsys.readouterr().err.startswith("Unknown prompt: broken-vase/x. ")
    assert _lib(monkeypatch, "precompute", "--models", "one", "tiny-chat") == 2
    assert capsys.readouterr().err == "Unknown model: one. Known: tiny-chat, tiny-dialogue\n"


@pytest.mark.parametrize(
    ("option", "value"),
    [("--temperature", "nan"), ("--temperature", "-1"), ("--top-p", "0"), ("--max-tokens", "0"), ("--seed", "-1")],
)
def test_a_setting_that_no_run_can_have_is_named(tiny_data, monkeypatch, capsys, option, value):
    with pytest.raises(SystemExit) as ended:
        _lib(monkeypatch, "precompute", option, value)
    assert ended.value.code == 2 and f"{option}: Input should be " in capsys.readouterr().err


def test_the_app_ends_with_the_command_that_serves_it(tiny_data):
    """So does its worker, which reads from it: nothing stays behind a `docker stop`."""
    served = subprocess.Popen([sys.executable, "-m", "lib", "run", "--port", "8599"], cwd=ROOT, stdout=subprocess.PIPE)
    assert served.stdout is not None
    for line in served.stdout:
        if b"http://localhost" in line:
            break
    for _ in range(400):
        if b"streamlit" in Path(f"/proc/{served.pid}/cmdline").read_bytes():
            break
        time.sleep(0.05)
    else:
        pytest.fail("the command goes on beside the server that it started")
    served.terminate()
    assert served.wait(60) is not None


def test_the_server_starts_in_no_other_folder_where_its_settings_are_not(tmp_path):
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "lib/ui/serve.py"), "--server.headless", "true"]
    told = subprocess.run(
        [*command, "--server.port", "8598", "--server.address", "localhost"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert told.returncode and "Start the app in its own folder" in told.stderr and "Traceback" not in told.stderr


def test_nothing_is_precomputed_without_a_model(tiny_data, monkeypatch, capsys):
    assert _lib(monkeypatch, "precompute") == 2
    assert "python -m lib models" in capsys.readouterr().err


def test_models_are_installed_and_verified(tiny_data, monkeypatch, capsys):
    assert _lib(monkeypatch, "models", "tiny-chat") == 0
    assert capsys.readouterr().out.endswith("Tiny (chat): ready. Licence: none, https://example.org/licence\n")
    assert _lib(monkeypatch, "models", "tiny-chat") == 0
    tiny_data.models.write_text(tiny_data.models.read_text().replace('path = "', 'path = "/nowhere'))
    assert _lib(monkeypatch, "models") == 1, "the other default model cannot be had"
    printed = capsys.readouterr()
    assert "Tiny (chat): ready" in printed.out and printed.err.startswith("Tiny (dialogue): ")


def test_a_fault_of_a_file_is_reported_with_exit_code_1(tiny_data, monkeypatch, capsys):
    case = tiny_data.cases / "broken-vase.md"
    case.write_text(case.read_text().replace("domain: everyday life", "domain: vases"))
    assert _lib(monkeypatch, "check") == 1
    assert "broken-vase.md:8: domain: " in capsys.readouterr().out


def test_ctrl_c_is_said_and_has_its_exit_code(tiny_data, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("lib.store.build.build", interrupted)
    assert _lib(monkeypatch, "build") == 130
    assert "Stopped. What was finished is kept" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("nope",),
        ("precompute", "--models"),
        ("tune", "sft"),
        ("check", "--loud"),
        ("score", "--output", "x"),
        ("score", "--input", "README.md", "--output", "x", "--on", "ray"),
    ],
)
def test_words_that_are_no_command_exit_with_2(monkeypatch, words):
    with pytest.raises(SystemExit) as caught:
        _lib(monkeypatch, *words)
    assert caught.value.code == 2


def test_help_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['lib', '--help']; from lib.__main__ import main; main();"
        " print(sorted({'torch', 'transformers', 'duckdb', 'streamlit', 'pandas', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "train-scorers" in done.stdout and done.stdout.endswith("[]\n")
