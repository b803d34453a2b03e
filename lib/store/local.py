"""What people make in the app, in a database of its own: kept runs."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from lib.domain import LiveRun
from lib.paths import Paths

_LIVE = TypeAdapter(LiveRun)
_NAME, _ASIDE = "yours", "yours-unreadable"
_SCHEMA = "CREATE TABLE IF NOT EXISTS kept_runs (id VARCHAR PRIMARY KEY, date VARCHAR NOT NULL, document JSON NOT NULL)"


class KeptRuns(NamedTuple):
    """Kept runs, newest first; the ids of those that this version cannot read; database files that were set aside."""

    runs: list[LiveRun]
    unreadable: list[str]
    set_aside: list[str]


@contextmanager
def _local(paths: Paths) -> Generator[duckdb.DuckDBPyConnection]:
    """The visitor's own database, open for one transaction: a second app process waits its turn instead of failing."""
    paths.local.mkdir(parents=True, exist_ok=True)
    with FileLock(paths.local / f"{_NAME}.lock", timeout=20), _opened(paths.local / f"{_NAME}.duckdb") as con:
        con.begin()
        yield con
        con.commit()


def _opened(database: Path) -> duckdb.DuckDBPyConnection:
    """The database, or a new one where the file is damaged, which is then set aside.

    A full disk or a kill at the first write can leave such a file.
    """
    try:
        return _with_schema(database)
    except duckdb.Error as fault:
        if not _damaged(database, fault):
            raise
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    for file in (database.with_suffix(".duckdb.wal"), database):
        if file.exists():
            file.replace(file.with_name(file.name.replace(_NAME, f"{_ASIDE}-{now}", 1)))
    return _with_schema(database)


def _with_schema(database: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(str(database))
    try:
        con.execute(_SCHEMA)
        con.execute("SELECT sum(length(document::VARCHAR)) FROM kept_runs").fetchall()  # each block is read and checked
    except duckdb.Error:
        con.close()
        raise
    return con


def _damaged(database: Path, fault: duckdb.Error) -> bool:
    """Whether the file itself is at fault: not that another program holds it, or that it may not be opened."""
    told = str(fault).lower()
    return database.exists() and not any(
        word in told for word in ("set lock", "permission", "no space", "read-only", "out of memory")
    )


def keep_run(paths: Paths, live: LiveRun) -> None:
    with _local(paths) as con:
        con.execute(
            "INSERT OR REPLACE INTO kept_runs VALUES (?, ?, ?)", [live.id, live.date, _LIVE.dump_json(live).decode()]
        )


def forget_run(paths: Paths, live_id: str) -> None:
    with _local(paths) as con:
        con.execute("DELETE FROM kept_runs WHERE id = ?", [live_id])


def kept_runs(paths: Paths) -> KeptRuns:
    """All that was kept; a run that cannot be read hides no other."""
    with _local(paths) as con:
        rows = con.execute("SELECT id, document FROM kept_runs ORDER BY date DESC").fetchall()
    runs: list[LiveRun] = []
    unreadable: list[str] = []
    for run_id, document in rows:
        try:
            runs.append(_LIVE.validate_json(document))
        except ValidationError:
            unreadable.append(run_id)
    return KeptRuns(runs, unreadable, sorted(p.name for p in paths.local.glob(f"{_ASIDE}-*.duckdb")))
