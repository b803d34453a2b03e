"""What was confirmed outlives a kill; a change that fails takes no other with it; a damaged file is set aside."""

import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from lib.paths import ROOT
from lib.store import sessions as rows
from lib.store.together import Together, set_aside, together
from lib.studies import session as studies

_WRITER = """
import sys
from lib.paths import paths
from lib.store import sessions as rows
from lib.store.together import together
db = together(paths())
for k in range(100_000):
    db.write(lambda con: rows.choose(con, f"k{k}", "x")).result()
    print(k, flush=True)
"""


def test_nothing_confirmed_is_lost_when_the_process_is_killed(tiny_data):
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", _WRITER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.2)
        writer.send_signal(signal.SIGKILL)
        confirmed = [int(line) for line in writer.stdout.read().splitlines() if line]
        assert confirmed and rows.choice(together(tiny_data), f"k{confirmed[-1]}") == "x"


def test_two_processes_write_and_neither_loses_a_change(tiny_data):
    code = _WRITER.replace("100_000", "150").replace('f"k{k}"', "sys.argv[1] + str(k)")
    both = [
        subprocess.Popen([sys.executable, "-c", code, name], cwd=ROOT, stdout=subprocess.DEVNULL) for name in ("a", "b")
    ]
    assert [p.wait(120) for p in both] == [0, 0]
    assert together(tiny_data).read("SELECT count(*) FROM choices")[0][0] == 300


def test_processes_that_open_a_new_file_at_the_same_moment_all_get_it(tiny_data):
    code = """
import sys, time
from pathlib import Path
from lib.store.together import Together
while time.time() < float(sys.argv[2]):
    pass
Together(Path(sys.argv[1]))
"""
    for turn in range(5):
        called = [sys.executable, "-c", code, str(tiny_data.local / f"{turn}.sqlite"), str(time.time() + 1.5)]
        assert [p.wait(60) for p in [subprocess.Popen(called, cwd=ROOT) for _ in range(3)]] == [0, 0, 0]


def test_a_change_that_raises_leaves_no_trace_and_takes_no_other_with_it(tiny_data):
    db = together(tiny_data)

    def half(con: sqlite3.Connection) -> None:
        rows.choose(con, "half", "done")
        raise ValueError("no")

    changes = [db.write(lambda con: rows.choose(con, "before", "x")), db.write(half)]
    changes.append(db.write(lambda con: rows.choose(con, "after", "x")))
    with pytest.raises(ValueError, match="no"):
        changes[1].result(20)
    changes[0].result(20), changes[2].result(20)
    assert [rows.choice(db, n) for n in ("before", "half", "after")] == ["x", None, "x"]


@pytest.mark.parametrize("left", [b"not a database at all, but text", 3_000])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(tiny_data, left):
    file = tiny_data.local / "together.sqlite"
    first = Together(file)
    first.write(lambda con: rows.choose(con, "a", "x")).result(20)
    first.settle()
    file.write_bytes(left if isinstance(left, bytes) else file.read_bytes()[:left])
    for end in ("-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    again = Together(file)
    assert rows.choice(again, "a") is None and len(set_aside(tiny_data)) == 1
    again.write(lambda con: rows.choose(con, "b", "x")).result(20)


def test_deleting_a_session_leaves_nothing_of_it_in_the_files(tiny_data):
    db = together(tiny_data)
    session = studies.begin(db, "hour", "A title to be forgotten", ["c"], "{}", 60)
    studies.join(db, session, "A nickname to be forgotten")
    studies.delete(db, session.id)
    left = b"".join(f.read_bytes() for f in tiny_data.local.glob("together.sqlite*"))
    assert b"to be forgotten" not in left and rows.by_id(db, session.id) is None
