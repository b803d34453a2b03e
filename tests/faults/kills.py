"""`python -m tests.faults.kills --kills 100 --seed 1`: end jobs at random moments, count what was lost or doubled."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

import duckdb

from lib.cases.files import read_cases
from lib.manifest import manifest_problems
from lib.paths import ROOT, Paths
from lib.runs.score import check_missing
from lib.store.build import build, opened
from lib.store.local import kept_runs
from tests.faults.library import library

# What is ended: each prints a line once something must stay.
_KEEP = """
import itertools, sys, time
from lib.domain import LiveRun, Message, Prompt
from lib.paths import paths
from lib.store.local import keep_run
prompt = Prompt("live/x", "live", "neutral", "Live", "en", (Message("user", "Hi " * 2000),))
for k in itertools.count():
    keep_run(paths(), LiveRun(f"{sys.argv[1]}-{k}", prompt, (), (), "2026-01-01"))
    print(f"{sys.argv[1]}-{k}", flush=True)
"""
_CHECK = """
from lib.cases.files import read_cases
from lib.paths import paths
from lib.runs import score
score._CHECKED_AT_ONCE = 5
print("begun", flush=True)
for done in score.check_missing(paths(), read_cases(paths().cases)):
    pass
"""
_BUILD = """
from lib.paths import paths
from lib.store.build import build
print("begun", flush=True)
build(paths())
"""
JOBS = {"keep": _KEEP, "check": _CHECK, "build": _BUILD}


def killed(code: str, name: str, paths: Paths, after: float) -> list[str]:
    """Starts a job, ends it so many seconds after its first line, and returns its lines."""
    environment = os.environ | {"TRILEMMA_DATA": str(paths.data), "TRILEMMA_CASES": str(paths.cases)}
    job = subprocess.Popen([sys.executable, "-c", code, name], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert job.stdout is not None
    first = job.stdout.readline()
    time.sleep(after)
    job.kill()
    lines = (first + job.stdout.read()).decode().split("\n")
    job.wait()
    return lines[:-1]  # after the last line end nothing was said whole


def _wrong_checks(paths: Paths) -> list[str]:
    """Finishes the check job that was ended, and what is then lost, doubled or unsound."""
    for _ in check_missing(paths, read_cases(paths.cases)):
        pass
    wrong = manifest_problems(paths)
    with duckdb.connect() as con:
        files = str(paths.data / "checks" / "*.parquet")
        rows, distinct = con.execute(
            "SELECT count(*), count(DISTINCT (run_id, prompt_id, prompt_sha, sample, check_key, check_sha))"
            " FROM read_parquet($files)",
            {"files": files},
        ).fetchone() or (0, 0)
    if rows != distinct:
        wrong.append(f"{rows - distinct} of {rows} check rows doubled")
    return wrong


def _forget_checks(paths: Paths) -> None:

    listed = json.loads(paths.manifest.read_text())
    for name in [n for n in listed["parts"] if n.startswith("checks/")]:
        (paths.data / name).unlink()
        del listed["parts"][name]
    paths.manifest.write_text(json.dumps(listed))


def run(kills: int, seed: int, paths: Paths) -> tuple[Counter, list[str]]:
    """How many kills of each job, and everything that went wrong after one."""
    r, done, wrong, kept = Random(seed), Counter[str](), list[str](), list[str]()
    for number in range(kills):
        name = list(JOBS)[number % len(JOBS)]
        if name == "check" and not r.randrange(3):
            _forget_checks(paths)
        if name == "build":
            for old in paths.local.glob("library-*"):
                old.unlink()
        said = killed(JOBS[name], str(number), paths, r.uniform(0, 0.5))
        done[name] += 1
        if name == "keep":
            kept += said
            found = Counter(live.id for live in kept_runs(paths).runs)
            wrong += [f"kill {number}: {i} is lost" for i in kept if i not in found]
            wrong += [f"kill {number}: {i} is there {n} times" for i, n in found.items() if n > 1]
        elif name == "check":
            wrong += [f"kill {number}: {w}" for w in _wrong_checks(paths)]
        opened(paths, build(paths)).close()  # every start succeeds
    return done, wrong


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        paths = library(Path(folder) / "library")
        done, wrong = run(asked.kills, asked.seed, paths)
        print(f"{sum(done.values())} kills {dict(done)}; {len(kept_runs(paths).runs)} runs kept; {len(wrong)} wrong")
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
