"""One trial: a copy of the tiny library is damaged in a child process, and every door is tried on it."""

import multiprocessing
import os
import resource
import shutil
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from lib.domain import TrilemmaError
from lib.paths import ROOT, Paths
from tests.faults.doors import NEED_DATABASE, Door
from tests.faults.kinds import Damage, fresh

SECONDS = 30
_MEMORY = 8 << 30
OUTCOMES = ("accepted", "refused", "vague", "traceback", "crash", "hang")  # from the best to the worst
_FORK = multiprocessing.get_context("fork")  # imports are paid once

Spoil = Callable[[Paths], Damage]


class Answer(NamedTuple):
    """What one door made of the damage; `said`: the message, or the exception and its innermost frame in lib/."""

    door: str
    outcome: str
    said: str = ""


class Trial(NamedTuple):
    """What was damaged, what each door answered and which scratch files are left."""

    damage: Damage
    answers: tuple[Answer, ...]
    left: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """The worst answer; accepted only where every door took it."""
        return max((a.outcome for a in self.answers), key=OUTCOMES.index)


def frame_in_lib(fault: BaseException) -> str:
    """`file:line in function` of the innermost frame in lib/, or of the innermost of all."""
    frames = traceback.extract_tb(fault.__traceback__)
    own = [f for f in frames if Path(f.filename).is_relative_to(ROOT / "lib")]
    last = (own or frames)[-1]
    return f"{os.path.relpath(last.filename, ROOT)}:{last.lineno} in {last.name}"


def answer(name: str, door: Door, paths: Paths, names: tuple[str, ...]) -> Answer:
    try:
        door(paths)
    except TrilemmaError as fault:
        lines = [line for line in str(fault).split("\n") if line.strip()]
        unnamed = [line for line in lines if not any(n in line for n in names)]
        return (
            Answer(name, "vague", unnamed[0][:300]) if unnamed or not lines else Answer(name, "refused", lines[0][:300])
        )
    except BaseException as fault:  # noqa: BLE001 (whatever comes is what is looked for; a Rust panic is no Exception)
        return Answer(name, "traceback", f"{type(fault).__name__} at {frame_in_lib(fault)} | {str(fault)[:200]!r}")
    return Answer(name, "accepted")


def _child(pipe: Connection, template: Path, root: Path, spoil: Spoil, doors: Mapping[str, Door]) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # panics and warnings of libraries
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    paths = fresh(template, root)
    os.environ.update(
        TRILEMMA_DATA=str(paths.data), TRILEMMA_CASES=str(paths.cases), TRILEMMA_CACHE=str(root / "cache")
    )
    damage = spoil(paths)
    pipe.send(damage)
    outcomes: dict[str, str] = {}
    for name, door in doors.items():
        if name in NEED_DATABASE and outcomes.get("build", "accepted") != "accepted":
            continue  # it would be built in vain once more, with the same answer
        pipe.send(name)
        found = answer(name, door, paths, damage.names)
        outcomes[name] = found.outcome
        pipe.send(found)
    pipe.send(None)


def trial(template: Path, root: Path, spoil: Spoil, doors: Mapping[str, Door]) -> Trial:
    """Damage a copy and try the doors; a child that dies or takes too long is an answer too."""
    ours, theirs = _FORK.Pipe(duplex=False)
    child = _FORK.Process(target=_child, args=(theirs, template, root, spoil, doors))
    child.start()
    theirs.close()
    damage, answers, door = Damage("?", "", "not damaged", (), False), [], "the damage"
    try:
        while ours.poll(SECONDS) and (got := ours.recv()) is not None:
            match got:
                case Damage():
                    damage = got
                case Answer():
                    answers.append(got)
                case str():
                    door = got
        if child.is_alive() and not _ended(child, ours):
            child.kill()
            answers.append(Answer(door, "hang", f"no answer in {SECONDS} s"))
    except EOFError:
        child.join()
        answers.append(Answer(door, "crash", f"exit code {child.exitcode}"))
    child.join()
    found = Trial(damage, tuple(answers), left_behind(template, root))
    shutil.rmtree(root, ignore_errors=True)
    return found


def _ended(child: multiprocessing.process.BaseProcess, pipe: Connection) -> bool:
    """Whether the child has said its last word and only has to go."""
    child.join(5)
    return not child.is_alive()


def left_behind(template: Path, root: Path) -> tuple[str, ...]:
    """Scratch files: half-written databases, indexes and outputs that no later call takes away."""
    marks = (".tmp", ".building", ".wal")
    new = [f.relative_to(root) for f in root.rglob("*") if any(m in f.name for m in marks)]
    return tuple(str(f) for f in new if not (template / f).exists())
