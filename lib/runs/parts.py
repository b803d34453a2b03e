"""Rows on their way into the library: one atomic file a batch while a job works, sealed parts when it ends."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lib.dataset import KEYS, SCHEMAS, read_run, read_table, write_run, write_table
from lib.domain import Run
from lib.manifest import add_to_manifest, part_files, run_files
from lib.paths import Paths

MAX_ROWS = 100_000  # of a part


def _batch_file(paths: Paths, work: str, table: str, batch: str) -> Path:
    return paths.batches / work / table / f"{batch}.parquet"


def is_kept(paths: Paths, work: str, table: str, batch: str) -> bool:
    """Whether a batch is written already, by a worker that died before it could say so."""
    return _batch_file(paths, work, table, batch).exists()


def keep_batch(paths: Paths, work: str, table: str, batch: str, rows: pa.Table, run: Run | None = None) -> None:
    """Write one batch of a job's work in progress. `work` names the job's folder: a run, or a scorer."""
    folder = paths.batches / work
    if run is not None and not (folder / f"{run.id}.json").exists():
        write_run(folder, run)
    write_table(_batch_file(paths, work, table, batch), rows)


def batch_files(paths: Paths, work: str, table: str) -> list[Path]:
    """The batches of a job that aren't sealed yet; what a killed job was writing isn't among them."""
    return sorted(p for p in (paths.batches / work / table).glob("*.parquet") if not p.name.startswith("."))


def stored_runs(paths: Paths) -> list[Run]:
    """Sealed runs, and those that a job has begun."""
    begun = [p for p in paths.batches.glob("*/*.json") if not p.name.startswith(".")]
    return list({run.id: run for run in map(read_run, [*begun, *run_files(paths)])}.values())


def held(paths: Paths, table: str, runs: Iterable[str], columns: Sequence[str]) -> set[tuple]:
    """The values of some columns in every row of some runs, sealed or not."""
    out: set[tuple] = set()
    for run in runs:
        for file in [*_parts(paths, table, run), *batch_files(paths, run, table)]:
            out |= _tuples(read_table(file, SCHEMAS[table], columns))
    return out


def seal(paths: Paths, work: str, table: str, scorer: str = "") -> None:
    """Turn a job's batches into sealed parts: files of at most 100,000 rows for each run, sorted by prompt.

    Safe to repeat after a kill: rows that are in a sealed part already are left out, and the batches are removed last.
    """
    batches = batch_files(paths, work, table)
    written: list[Path] = []
    rows = pa.concat_tables([SCHEMAS[table].empty_table(), *(read_table(f, SCHEMAS[table]) for f in batches)])
    for run in sorted(set(rows["run_id"].to_pylist())):
        written += _write_parts(paths, table, run, rows.filter(pc.field("run_id") == run), scorer)
    begun = sorted((paths.batches / work).glob("*.json")) if batches else []
    runs = [write_run(paths.runs, run) for run in map(read_run, begun) if not (paths.runs / f"{run.id}.json").exists()]
    if written or runs:
        add_to_manifest(paths, [*runs, *written])
    shutil.rmtree(paths.batches / work, ignore_errors=True)


def _write_parts(paths: Paths, table: str, run: str, rows: pa.Table, scorer: str) -> Iterator[Path]:
    sealed = set()
    for file in _parts(paths, table, run, scorer):
        sealed |= _tuples(read_table(file, SCHEMAS[table], KEYS[table]))
    new = pa.array([key not in sealed for key in _rows(rows.select(KEYS[table]))], pa.bool_())
    order = ["context" if table == "loglik" else "prompt_id", *KEYS[table]]
    rows = rows.filter(new).sort_by([(name, "ascending") for name in dict.fromkeys(order)])
    folder = paths.data / table / scorer
    first = 1 + max((int(f.suffixes[-2][1:]) for f in _parts(paths, table, run, scorer)), default=0)
    for number, start in enumerate(range(0, rows.num_rows, MAX_ROWS), start=first):
        path = folder / f"{run}.{number:02d}.parquet"
        write_table(path, rows.slice(start, MAX_ROWS))
        yield path


def _parts(paths: Paths, table: str, run: str, scorer: str = "") -> list[Path]:
    folder = paths.data / table / scorer
    return [f for f in part_files(paths, table) if f.parent == folder and f.name.rsplit(".", 2)[0] == run]


def _rows(table: pa.Table) -> Iterator[tuple]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _tuples(table: pa.Table) -> set[tuple]:
    return set(_rows(table))
