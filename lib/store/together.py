"""The database of sessions and answers, `data/local/together.sqlite`: many readers, one thread that writes.

SQLite and not DuckDB: an answer is one small transaction that a phone waits for, 0.5 ms here against 60 ms for the file
of kept runs, and other processes may read meanwhile.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from filelock import FileLock

from lib.paths import Paths

_T = TypeVar("_T")
_NAME = "together"
_SCHEMA = Path(__file__).with_name("together.sql")
_MOST_AT_ONCE = 200  # changes in one transaction
_WAIT = 20.0  # seconds for another process's transaction
Parameters = Sequence[Any] | Mapping[str, Any]


class _Job(NamedTuple):
    change: Callable[[sqlite3.Connection], Any]
    done: Future


class Together:
    """One database file, shared by all threads of this process."""

    def __init__(self, file: Path):
        self._file = file
        self._mine = threading.local()
        self._waiting: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        file.parent.mkdir(parents=True, exist_ok=True)
        _sound(file)
        threading.Thread(target=self._work, name="together-writer", daemon=True).start()

    def read(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """The rows of a query over what is committed."""
        if not hasattr(self._mine, "con"):
            self._mine.con = _connect(self._file)
        return self._mine.con.execute(sql, parameters).fetchall()

    def write(self, change: Callable[[sqlite3.Connection], _T]) -> "Future[_T]":
        """Have a change made; done once it is on the disk, so that what was confirmed outlives a kill.

        A change that raises leaves no trace and takes no other with it.
        """
        job = _Job(change, Future())
        self._waiting.put(job)
        return job.done

    def settle(self) -> None:
        """Move everything into the one file, so that nothing deleted stays in the log beside it."""
        self.read("PRAGMA wal_checkpoint(TRUNCATE)")

    def _work(self) -> None:
        con = _connect(self._file)
        while True:
            jobs = [self._waiting.get()]
            while len(jobs) < _MOST_AT_ONCE and not self._waiting.empty():
                jobs.append(self._waiting.get())
            try:
                results = _all_in_one(con, jobs)
            except Exception as fault:  # noqa: BLE001  whoever waits is told, and the thread lives on
                if con.in_transaction:
                    con.rollback()
                for job in jobs:
                    job.done.set_exception(fault)
                continue
            for job, (value, fault) in zip(jobs, results, strict=True):
                job.done.set_exception(fault) if fault else job.done.set_result(value)


def _all_in_one(con: sqlite3.Connection, jobs: Sequence[_Job]) -> list[tuple[Any, Exception | None]]:
    """Each change within one transaction: its value, or what it raised."""
    results: list[tuple[Any, Exception | None]] = []
    con.execute("BEGIN IMMEDIATE")
    for job in jobs:
        con.execute("SAVEPOINT one")
        try:
            results.append((job.change(con), None))
        except Exception as fault:  # noqa: BLE001  raised again where it is waited for
            con.execute("ROLLBACK TO one")
            results.append((None, fault))
        con.execute("RELEASE one")
    con.execute("COMMIT")
    return results


def _connect(file: Path) -> sqlite3.Connection:
    con = sqlite3.connect(file, timeout=_WAIT, isolation_level=None)
    con.row_factory = sqlite3.Row
    con.execute("PRAGMA foreign_keys = ON")
    con.execute("PRAGMA synchronous = FULL")
    con.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    return con


def _sound(file: Path) -> None:
    """Make the file if it is missing; a damaged one is set aside under another name, and a new one made.

    One process at a time: SQLite does not wait for another one that makes the same file.
    """
    with FileLock(file.with_suffix(".lock"), timeout=_WAIT):
        _make_or_set_aside(file)


def _make_or_set_aside(file: Path) -> None:
    try:
        _prepare(file)
    except sqlite3.DatabaseError as fault:
        if isinstance(fault, sqlite3.OperationalError):  # locked, no space, no permission: not the file's fault
            raise
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        for end in ("", "-wal", "-shm"):
            damaged = file.with_name(file.name + end)
            if damaged.exists():
                damaged.replace(file.with_name(f"{_NAME}-unreadable-{now}.sqlite{end}"))
        _prepare(file)


def _prepare(file: Path) -> None:
    con = _connect(file)
    try:
        con.execute("PRAGMA journal_mode = WAL")
        con.executescript(_SCHEMA.read_text(encoding="utf-8"))
        if (told := con.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(told)
    finally:
        con.close()


_opening = threading.Lock()
_open: dict[Path, Together] = {}


def together(paths: Paths) -> Together:
    """The one database of a data folder."""
    file = paths.local / f"{_NAME}.sqlite"
    with _opening:
        if file not in _open or not file.exists():
            _open[file] = Together(file)
        return _open[file]


def set_aside(paths: Paths) -> list[str]:
    """Names of the files that were damaged."""
    return sorted(p.name for p in paths.local.glob(f"{_NAME}-unreadable-*.sqlite"))
