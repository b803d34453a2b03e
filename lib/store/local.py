"""What people make in the app, in a database of its own: kept runs."""

from collections.abc import Generator
from contextlib import contextmanager

import duckdb
from filelock import FileLock
from pydantic import TypeAdapter

from lib.domain import (
    LiveRun,
)
from lib.paths import Paths

_LIVE = TypeAdapter(LiveRun)


@contextmanager
def _local(paths: Paths) -> Generator[duckdb.DuckDBPyConnection]:
    """The visitor's own database, open for one transaction: a second app process waits its turn instead of failing."""
    paths.local.mkdir(parents=True, exist_ok=True)
    with FileLock(paths.local / "yours.lock", timeout=20), duckdb.connect(str(paths.local / "yours.duckdb")) as con:
        con.execute(
            "CREATE TABLE IF NOT EXISTS kept_runs (id VARCHAR PRIMARY KEY, date VARCHAR NOT NULL, document JSON NOT"
            " NULL)"
        )
        con.begin()
        yield con
        con.commit()


def keep_run(paths: Paths, live: LiveRun) -> None:
    with _local(paths) as con:
        con.execute(
            "INSERT OR REPLACE INTO kept_runs VALUES (?, ?, ?)", [live.id, live.date, _LIVE.dump_json(live).decode()]
        )


def forget_run(paths: Paths, live_id: str) -> None:
    with _local(paths) as con:
        con.execute("DELETE FROM kept_runs WHERE id = ?", [live_id])


def kept_runs(paths: Paths) -> list[LiveRun]:
    """Kept runs, newest first."""
    with _local(paths) as con:
        return [
            _LIVE.validate_json(document)
            for (document,) in con.execute("SELECT document FROM kept_runs ORDER BY date DESC").fetchall()
        ]
