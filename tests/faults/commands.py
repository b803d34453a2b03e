"""Damage seen through the command line: exit codes, tracebacks and what is left of an output."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

from lib.paths import ROOT, Paths
from tests.faults.kinds import Damage, fresh, spoil
from tests.faults.library import LINES, LIVE, PAIRS
from tests.faults.trial import SECONDS, Answer, Trial, left_behind

_SLOW = 2 * SECONDS  # imports of torch included
_OUT = "out.jsonl"


def _live(change: Callable[[dict], object]) -> Callable[[Paths, Random], Damage]:
    def spoiled(paths: Paths, r: Random) -> Damage:
        file = paths.data.parent / LIVE
        live = json.loads(file.read_bytes())
        change(live["run"])
        file.write_text(json.dumps(live), encoding="utf-8")
        return Damage(LIVE, "", "a value that cannot be", (LIVE,), suspect=True)

    return spoiled


def _none(paths: Paths, r: Random) -> Damage:
    return Damage("nothing", "", "no damage", ("",), suspect=False)


def _kind(kind: str) -> Callable[[Paths, Random], Damage]:
    return lambda paths, r: spoil(kind, paths, r)


def _words(root: Path, words: Sequence[str]) -> list[str]:
    return [str(root / w[1:]) if w.startswith("@") else w for w in words]


HAND_WRITTEN: tuple[tuple[Callable[[Paths, Random], Damage], tuple[str, ...]], ...] = (
    (_none, ("reproduce", "@no-such-file.json")),
    (_none, ("reproduce", "")),
    (_none, ("reproduce", "@data")),
    (_none, ("reproduce", "../../etc/passwd")),
    (_none, ("reproduce", "a\x1bb" * 2_000)),
    (_none, ("reproduce", "smollm2-135m-instruct.00030f3fae06", "--batch", "no-such-batch")),
    (_none, ("score", "--input", "@no-such-file", "--output", f"@{_OUT}")),
    (_none, ("score", "--input", "@data", "--output", f"@{_OUT}")),
    (_none, ("score", "--input", f"@{LINES}", "--output", "@data")),
    (_none, ("score", "--input", f"@{LINES}", "--output", f"@{LINES}/x/{_OUT}")),
    (_none, ("score", "--input", f"@{LINES}", "--output", f"@{_OUT}", "--judge", "no-such-model")),
    (_none, ("prefer", "--input", f"@{LINES}", "--output", f"@{_OUT}", "--criterion", "honest")),
    (_none, ("tune", "../../x", "@data")),
    (_none, ("tune", "no-such-recipe", "@data")),
    (_none, ("validate", "@no-such-folder")),
    (_none, ("validate", "@no-such-folder", "--larger")),
    (_none, ("train-scorers", "@no-such-folder")),
    (_none, ("evaluate", "@no-such-folder")),
    (_none, ("strength", "@no-such-folder")),
    (_none, ("precompute", "--samples", "-1")),
    (_none, ("precompute", "--cases", "no-such-case")),
    (_none, ("precompute", "--temperature", "nan", "--models", "smollm2-135m-instruct")),
    (_none, ("models", "no-such-model")),
    (_live(lambda run: run["runs"][0].update(dtype="no_such_type")), ("reproduce", f"@{LIVE}")),
    (_live(lambda run: run["runs"][0].update(dtype="nn")), ("reproduce", f"@{LIVE}")),
    (_live(lambda run: run["runs"][0].update(settings=None)), ("reproduce", f"@{LIVE}")),
    (_live(lambda run: run["runs"][0].update(model_id="no-such-model")), ("reproduce", f"@{LIVE}")),
    (_live(lambda run: run.update(runs=[])), ("reproduce", f"@{LIVE}")),
    (_live(lambda run: run.update(responses=[])), ("reproduce", f"@{LIVE}")),
)
_RANDOM = (
    *((kind, ("check",)) for kind in ("case", "tours", "models", "manifest", "run", "parquet", "parquet_values")),
    *((kind, ("build",)) for kind in ("case", "manifest", "parquet")),
    ("lines", ("score", "--input", f"@{LINES}", "--output", f"@{_OUT}")),
)

_PREFER = ("prefer", "--input", f"@{PAIRS}", "--output", f"@{_OUT}", "--criterion", "honest")
_WITHOUT_WEIGHTS = "is not on this machine"  # the input was taken, and the next step has no model


def trials(template: Path, root: Path, cases: int, r: Random) -> Iterator[Trial]:
    """The hand-written calls, then `cases` by chance."""
    for damage, words in HAND_WRITTEN:
        yield _trial(template, root, damage, words, r)
    for _ in range(cases):
        kind, words = r.choice(_RANDOM)
        yield _trial(template, root, _kind(kind), words, r)


def _trial(
    template: Path, root: Path, spoiled: Callable[[Paths, Random], Damage], words: Sequence[str], r: Random
) -> Trial:
    paths = fresh(template, root)
    damage = spoiled(paths, r)
    words = _PREFER if damage.file == PAIRS else words
    said = _answer(paths, damage, _words(root, words))
    left = (*left_behind(template, root), *([_OUT] if (root / _OUT).exists() and said.outcome != "accepted" else []))
    subprocess.run(["rm", "-rf", str(root)], check=True)
    shown = " ".join(w[:40] for w in words)
    return Trial(damage._replace(how=f"{damage.how} | {shown}"), (said,), left)


def _answer(paths: Paths, damage: Damage, words: Sequence[str]) -> Answer:
    env = {**os.environ, "TRILEMMA_DATA": str(paths.data), "TRILEMMA_CASES": str(paths.cases), "OMP_NUM_THREADS": "1"}
    env["TRILEMMA_CACHE"] = env.get("TRILEMMA_CACHE", str(paths.data.parent / "cache"))  # no weights: none are loaded
    call = [sys.executable, "-m", "lib", *words]
    try:
        done = subprocess.run(call, cwd=ROOT, env=env, capture_output=True, text=True, errors="replace", timeout=_SLOW)
    except subprocess.TimeoutExpired:
        return Answer(words[0], "hang", f"no answer in {_SLOW} s")
    except ValueError as fault:  # a NUL cannot be handed to a process
        return Answer(words[0], "refused", str(fault))
    out = done.stdout + done.stderr
    if "Traceback" in out:
        own = [line.strip() for line in out.splitlines() if f'"{ROOT}/lib/' in line]
        last = out.strip().splitlines()[-1]
        return Answer(words[0], "traceback", f"{last.split(':')[0]} at {own[-1] if own else '?'} | {last[:200]}")
    if done.returncode < 0:
        return Answer(words[0], "crash", f"signal {-done.returncode}")
    if done.returncode == 0 or _WITHOUT_WEIGHTS in out:
        return Answer(words[0], "accepted")
    named = any(n in out for n in damage.names)
    return Answer(words[0], "refused" if named else "vague", f"exit {done.returncode}: {out.strip()[:200]}")
