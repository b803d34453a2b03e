"""Two processes build one database, and keep runs without losing any."""

import subprocess
import sys

from lib.paths import ROOT
from lib.store.build import build


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
    from lib.store.local import kept_runs

    build(data)
    assert len({r.id for r in kept_runs(data)}) == 30
    for old in data.local.glob("library-*"):
        old.unlink()
    build(data)
    assert len(kept_runs(data)) == 30
