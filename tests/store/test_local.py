"""Two processes build one database, and keep runs without losing any; a damaged file hides nothing else."""

import subprocess
import sys

import duckdb
import pytest

from lib.domain import LiveRun, Message, Prompt
from lib.paths import ROOT, Paths
from lib.store.build import build
from lib.store.local import keep_run, kept_runs


def _both(code: str) -> list[str]:
    """Run the same code in two processes at once; what each printed."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(n)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for n in range(2)
    ]
    out = []
    for process in started:
        printed, complaint = process.communicate(timeout=120)
        assert process.returncode == 0, complaint
        out.append(printed)
    return out


def test_two_processes_build_and_read_one_database(data):
    printed = _both(
        "from lib.store.build import build; from lib.store.library import open_library;"
        " from lib.paths import paths; d = build(paths()); print(d.name,"
        " open_library(d).counts())"
    )
    assert printed[0] == printed[1]
    assert len(list(data.local.glob("library-*"))) == 1


def test_two_processes_keep_runs_without_losing_any(data):
    _both("""
import sys
from lib.domain import LiveRun, Message, Prompt
from lib.paths import paths
from lib.store.local import keep_run
prompt = Prompt("live/x", "live", "neutral", "Live", "en", (Message("user", "Hi"),))
for k in range(15):
    keep_run(paths(), LiveRun(f"{sys.argv[1]}-{k}", prompt, (), (), "2026-01-01"))
""")
    build(data)
    assert len({r.id for r in kept_runs(data).runs}) == 30
    for old in data.local.glob("library-*"):
        old.unlink()
    build(data)
    assert len(kept_runs(data).runs) == 30


def _keep(data: Paths, run_id: str) -> LiveRun:
    prompt = Prompt("live/x", "live", "neutral", "Live", "en", (Message("user", "Hi"),))
    live = LiveRun(run_id, prompt, (), (), "2026-01-01")
    keep_run(data, live)
    return live


@pytest.mark.parametrize("left", [b"", b"not a database", 5_000, 20_000])
def test_a_damaged_file_of_kept_runs_is_set_aside_and_named(tiny_data, left):
    _keep(tiny_data, "old")
    file = tiny_data.local / "yours.duckdb"
    file.write_bytes(left if isinstance(left, bytes) else file.read_bytes()[:left])
    found = kept_runs(tiny_data)
    assert found.runs == [] and len(found.set_aside) == 1
    assert (tiny_data.local / found.set_aside[0]).exists()
    live = _keep(tiny_data, "new")
    assert kept_runs(tiny_data).runs == [live]


def test_a_run_of_another_format_hides_no_other(tiny_data):
    live = _keep(tiny_data, "good")
    with duckdb.connect(str(tiny_data.local / "yours.duckdb")) as con:
        con.execute("INSERT INTO kept_runs VALUES ('odd', '2027', '{\"id\": 1}')")
    assert kept_runs(tiny_data)[:2] == ([live], ["odd"])


def test_a_file_that_another_program_holds_is_not_set_aside(tiny_data):
    live = _keep(tiny_data, "good")
    file = tiny_data.local / "yours.duckdb"
    holder = subprocess.Popen(
        [sys.executable, "-c", f"import duckdb; c = duckdb.connect({str(file)!r}); print('held', flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    with pytest.raises(duckdb.IOException, match="lock"):
        kept_runs(tiny_data)
    holder.communicate(b"\n")
    assert kept_runs(tiny_data) == ([live], [], [])
