"""`reproduce` makes a stored run or a downloaded live run again, and says of each answer whether it is the same."""

from dataclasses import replace

import pytest

from lib.__main__ import main
from lib.dataset import read_runs
from lib.domain import LiveRun
from lib.paths import Paths
from lib.runs.live import BATCH_NOTE, from_json, to_json
from lib.runs.reproduce import stored_answers
from tests.makers import the_case


@pytest.fixture
def lib(tiny_data, monkeypatch):
    """Runs the command line on a data folder with one stored answer of the tiny model to each prompt."""

    def run(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["lib", *words])
        return main()

    assert run("models", "tiny-chat") == 0
    assert run("precompute", "--models", "tiny-chat", "--samples", "1", "--max-tokens", "8") == 0
    return run


def _live(paths: Paths, **changes) -> str:
    """The stored answers as the file that a visitor downloads."""
    run = next(r for r in read_runs(paths.runs) if r.kind == "generation")
    responses = tuple(replace(r, **changes) for r in stored_answers(paths, run))
    return to_json(LiveRun("live-x", the_case(paths).prompts[0], (run,), responses, run.date))


def test_a_stored_run_is_named_by_its_id(lib, tiny_data, capsys):
    for run in read_runs(tiny_data.runs):
        capsys.readouterr()
        assert lib("reproduce", run.id) == 0
        last = capsys.readouterr().out.splitlines()[-1]
        said = (
            "2 of 2 answers the same" if run.kind == "generation" else "log-likelihoods computed again, off by 0.000%"
        )
        assert last.startswith(run.id) and said in last


def test_a_live_run_is_named_by_its_file(lib, tiny_data, tmp_path, capsys):
    file = tmp_path / "live.json"
    file.write_text(_live(tiny_data))
    assert lib("reproduce", str(file)) == 0
    assert "2 of 2 answers the same" in capsys.readouterr().out
    file.write_text(_live(tiny_data, text="Quite another text."))
    assert lib("reproduce", str(file)) == 1
    assert "0 of 2 answers the same" in capsys.readouterr().out


def test_a_difference_in_a_run_written_with_others_is_explained(lib, tiny_data, tmp_path, capsys):
    file = tmp_path / "live.json"
    for text, said in ((None, False), ("Quite another text.", True)):
        live = from_json(_live(tiny_data, **({"text": text} if text else {})))
        note = f"{BATCH_NOTE} 29 other prompts"
        file.write_text(to_json(replace(live, runs=tuple(replace(r, note=note) for r in live.runs))))
        assert lib("reproduce", str(file)) == int(said)
        out = capsys.readouterr().out
        assert (f"was {note}. In {live.runs[0].dtype}, numbers depend a little on what shares the batch" in out) == said


def test_what_is_neither_a_run_nor_a_live_run_is_refused(lib, tmp_path, capsys):
    assert lib("reproduce", "gone") == 2
    assert "no stored run of that id" in capsys.readouterr().err
    (tmp_path / "other.json").write_text("{}")
    assert lib("reproduce", str(tmp_path / "other.json")) == 2
    assert "not a live run" in capsys.readouterr().err
