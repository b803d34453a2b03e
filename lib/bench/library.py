"""A library of any size, made from the shipped one, and how long a database takes to build from it."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from lib.bench.figures import show, timed
from lib.dataset import SCHEMAS
from lib.manifest import add_to_manifest, part_files, run_files
from lib.paths import Paths, paths
from lib.store.build import build

_PART = 100_000  # rows


@contextmanager
def library_of(answers: int) -> Generator[Paths]:
    """A temporary data folder with at least so many answers: the shipped ones, again and again, with scores and checks.

    Each copy has sample numbers of its own and a word of its own at the end of each text. Within the block
    TRILEMMA_DATA names the folder.
    """
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("TRILEMMA_DATA")
        grown = Paths(Path(folder) / "data", paths().cases)
        _grow(paths(), grown, answers)
        os.environ["TRILEMMA_DATA"] = str(grown.data)
        try:
            yield grown
        finally:
            if before is None:
                del os.environ["TRILEMMA_DATA"]
            else:
                os.environ["TRILEMMA_DATA"] = before


def _grow(shipped: Paths, grown: Paths, answers: int) -> None:
    grown.data.mkdir()
    shutil.copy(shipped.models, grown.models)
    runs = [Path(shutil.copy(f, _into(grown.runs))) for f in run_files(shipped)]
    logliks = [Path(shutil.copy(f, _into(grown.loglik))) for f in part_files(shipped, "loglik")]
    add_to_manifest(grown, [*runs, *logliks])
    with duckdb.connect() as con:
        counted = con.execute("SELECT count(*) FROM read_parquet($f)", {"f": _names(shipped, "responses")}).fetchone()
        copies = -(-answers // (counted or (1,))[0])
        for table, own in (("responses", "text || ' ' || copy AS text,"), ("scores", ""), ("checks", "")):
            for part in part_files(shipped, table):
                target = _into((grown.data / part.relative_to(shipped.data)).parent) / part.name
                columns = [c for c in SCHEMAS[table].names if c not in ("sample", "text" if own else "")]
                con.execute(
                    f"""
                    COPY (SELECT {own} (sample + 1000 * copy)::INTEGER AS sample, {", ".join(columns)}
                          FROM read_parquet($part), range($copies) c(copy) ORDER BY prompt_id, sample)
                    TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_PART})""",
                    {"part": str(part), "copies": copies},
                )
                add_to_manifest(grown, [target])


def _into(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _names(at: Paths, table: str) -> list[str]:
    return [str(f) for f in part_files(at, table)]


def build_figures(grown: Paths, answers: int) -> None:
    """Building the database against a bare DuckDB load of the same answers."""
    load = "CREATE TABLE r AS SELECT * FROM read_parquet($f)"
    bare = min(timed(lambda: duckdb.connect().execute(load, {"f": _names(grown, "responses")})) for _ in range(3))
    build(grown)
    shutil.rmtree(grown.local)
    whole = timed(lambda: build(grown))
    show(
        f"database of {answers:,} answers with scores and checks",
        f"built {whole:5.2f} s   bare load of the answers {bare:5.2f} s   ratio {whole / bare:4.1f}",
    )
