"""The library database, built from the files that the manifest lists; deleted at any time, it comes back the same."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
from filelock import FileLock
from pydantic import TypeAdapter

from lib.cases.files import read_cases
from lib.cases.fingerprint import check_sha, prompt_sha
from lib.cases.replies import replies_in_context
from lib.dataset import KEYS, SCHEMAS, check_schema, read_run
from lib.domain import AdapterSource, CaseStudy, Model, Prompt, Run
from lib.files import DataProblem
from lib.manifest import check_sealed, content_key, part_files, run_files
from lib.models.registry import read_models
from lib.paths import Paths
from lib.store.library import Store, open_library
from lib.store.rules import check_values

_SCHEMA, _COUNTS = (Path(__file__).with_name(name) for name in ("schema.sql", "counts.sql"))
_CASE = TypeAdapter(CaseStudy)
_PROMPT = TypeAdapter(Prompt)
_MODEL = TypeAdapter(Model)
_RUN = TypeAdapter(Run)
_TYPES = {pa.string(): "VARCHAR", pa.int32(): "INTEGER", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN"}


def database_key(paths: Paths, *more: Path) -> str:
    """What the database is named for: another key means another database. `more`: files of what is built upon it."""
    return content_key(paths, _SCHEMA, _COUNTS, *more)


class Content(NamedTuple):
    """What a database holds besides sealed parts: how it gets in, and which runs are of weights that are gone.

    `extra`: files of SQL for tables of its own, made last.
    """

    insert: Callable[[duckdb.DuckDBPyConnection, Paths], Sequence[Run]]
    extra: tuple[Path, ...] = ()


def build(paths: Paths, content: "Content | None" = None) -> Path:
    """The database for the files as they are now, built if it is missing; older ones are removed.

    `content`: the library's cases and models, or what a collection has in their place. Raises CaseProblems,
    ModelProblems or DataProblem where a file can't be used; what was built before stays.
    """
    content = content or LIBRARY
    target = paths.local / f"library-{database_key(paths, *content.extra)}.duckdb"
    if target.exists():
        return target
    paths.local.mkdir(parents=True, exist_ok=True)
    with FileLock(paths.local / "build.lock"):
        if not target.exists():
            scratch = target.with_suffix(".building")
            _remove_unfinished(paths.local)  # a killed build's
            try:
                _fill(paths, scratch, content)
                scratch.replace(target)
            finally:
                _remove_unfinished(paths.local)
        _remove_older(paths.local, target)
    return target


def opened(paths: Paths, database: Path) -> Store:
    """The library of a built database; where its file has been cut short since, it is built again."""
    try:
        return open_library(database)
    except duckdb.Error:
        database.unlink(missing_ok=True)
        return open_library(build(paths))


def _remove_unfinished(folder: Path) -> None:
    for left in folder.glob("library-*.building*"):
        left.unlink()


def _remove_older(folder: Path, keep: Path) -> None:
    for old in folder.glob("library-*.duckdb"):
        if old != keep:
            try:
                old.unlink()
            except PermissionError:
                continue  # Windows: another process still reads it; the next build removes it


def _fill(paths: Paths, target: Path, content: Content) -> None:
    check_sealed(paths)
    with duckdb.connect(str(target)) as con:
        con.execute(_SCHEMA.read_text())
        con.begin()
        for table in SCHEMAS:
            with _readable(part_files(paths, table)):
                _view_files(con, table, part_files(paths, table))
        gone = content.insert(con, paths)
        for run in (read_run(f) for f in run_files(paths)):
            con.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?)",
                [run.id, run.model_id, run.kind, run.template, _RUN.dump_json(run).decode()],
            )
        for table in SCHEMAS:
            with _readable(part_files(paths, table)):
                _check_rows(con, table)
                check_values(con, table)
        _copy_current(con, [run.id for run in gone])
        con.execute(_COUNTS.read_text())
        for file in content.extra:
            con.execute(file.read_text())
        con.commit()


def _insert_library(con: duckdb.DuckDBPyConnection, paths: Paths) -> list[Run]:
    """Cases and models; the runs of adapters that were trained again since."""
    cases, models = read_cases(paths.cases), read_models(paths.models)
    for case in cases:
        _insert_case(con, case)
    for position, model in enumerate(models):
        con.execute(
            "INSERT INTO models VALUES (?, ?, ?, ?)",
            [model.id, position, model.template, _MODEL.dump_json(model).decode()],
        )
    tuned = {m.id: m.source.sha256 for m in models if isinstance(m.source, AdapterSource)}
    runs = [read_run(f) for f in run_files(paths)]
    return [r for r in runs if tuned.get(r.model_id, r.model_sha256) != r.model_sha256]


LIBRARY = Content(_insert_library)


def _insert_case(con: duckdb.DuckDBPyConnection, case: CaseStudy) -> None:
    con.execute(
        "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(case.id, case.number, case.title, case.summary, case.claim, case.domain, case.sensitivity),
            *(list(case.criteria), list(case.languages), _CASE.dump_json(case).decode()),
        ],
    )
    for prompt in case.prompts:
        con.execute(
            "INSERT INTO prompts VALUES (?, ?, ?, ?)",
            [prompt.id, case.id, prompt_sha(prompt.messages), _PROMPT.dump_json(prompt).decode()],
        )
    texts = [[r.reply_id, r.wording, r.context.id, r.sha] for r in replies_in_context(case)]
    con.executemany("INSERT INTO reply_texts VALUES (?, ?, ?, ?)", texts)
    checks = [[p.id, c.key, check_sha(c), bool(c.statement)] for p in case.prompts for c in case.checks_of(p)]
    if checks:
        con.executemany("INSERT INTO prompt_checks VALUES (?, ?, ?, ?)", checks)


def _view_files(con: duckdb.DuckDBPyConnection, table: str, files: Sequence[Path]) -> None:
    """A temporary view `<table>_files` over a table's sealed parts."""
    schema = SCHEMAS[table]
    for path in files:
        check_schema(path, schema)
    if files:
        con.read_parquet([str(f) for f in files]).create_view(f"{table}_parts")
    else:
        con.register(f"{table}_parts", schema.empty_table())
    columns = ", ".join(f"{c.name}::{_TYPES[c.type]} AS {c.name}" for c in schema)
    con.execute(f"CREATE TEMP VIEW {table}_files AS SELECT {columns} FROM {table}_parts")


@contextmanager
def _readable(files: Sequence[Path]) -> Generator[None]:
    """Names the part at fault where DuckDB can't read them."""
    try:
        yield
    except duckdb.Error as fault:
        raise _unreadable(files, fault) from fault


def _unreadable(files: Sequence[Path], fault: duckdb.Error) -> DataProblem:
    """Which part cannot be read to its end; `fault`: what became of reading all of them together."""
    for path in files:
        try:
            duckdb.sql("SELECT count(COLUMNS(*)) FROM read_parquet($file)", params={"file": str(path)}).fetchall()
        except duckdb.Error as own:
            return DataProblem(f"{path.name}: can't be read: {str(own).splitlines()[0]}")
    return DataProblem(f"{', '.join(p.name for p in files)}: can't be read: {str(fault).splitlines()[0]}")


def _check_rows(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Every row has its required values, belongs to a run that has its file, and has no duplicate."""
    required = [c.name for c in SCHEMAS[table] if not c.nullable]
    nulls = con.execute(f"SELECT {', '.join(f'bool_or({c} IS NULL)' for c in required)} FROM {table}_files").fetchone()
    if missing := [c for c, empty in zip(required, nulls or (), strict=True) if empty]:
        raise DataProblem(f"data/{table}: column {missing[0]!r} has empty values")
    orphan = (
        "run_id" in SCHEMAS[table].names
        and con.execute(f"SELECT f.run_id FROM {table}_files f ANTI JOIN runs ON runs.id = f.run_id LIMIT 1").fetchone()
    )
    if orphan:
        raise DataProblem(f"{orphan[0]}: data/{table} has rows of this run, but data/runs has no file {orphan[0]}.json")
    keys = ", ".join(KEYS[table])
    # Hashes first: to group millions of rows by their texts takes seconds.
    rows, distinct = con.execute(f"SELECT count(*), count(DISTINCT hash({keys})) FROM {table}_files").fetchone() or (
        0,
        0,
    )
    if rows != distinct:
        duplicate = con.execute(f"SELECT {keys} FROM {table}_files GROUP BY ALL HAVING count(*) > 1 LIMIT 1").fetchone()
        if duplicate:
            named = ", ".join(f"{k} {v}" for k, v in zip(KEYS[table], duplicate, strict=True))
            raise DataProblem(f"data/{table}: duplicate row ({named})")


def _copy_current(con: duckdb.DuckDBPyConnection, gone: Sequence[str]) -> None:
    """Copy the rows that count now, one prompt's rows together.

    Left in their files are answers to a prompt and log-likelihoods of a wording that was edited
    since, log-likelihoods under another template than the model's own, and the runs `gone`, of adapters that were
    trained again since.
    """
    con.execute(
        """
        CREATE TABLE responses AS
        SELECT f.* FROM responses_files f SEMI JOIN prompts p ON p.id = f.prompt_id AND p.prompt_sha = f.prompt_sha
        WHERE NOT list_contains($gone, f.run_id) ORDER BY f.prompt_id, f.model_id, f.sample, f.run_id""",
        {"gone": list(gone)},
    )
    con.execute("""
        CREATE TABLE scores AS
        SELECT f.* FROM scores_files f SEMI JOIN responses r
            ON r.run_id = f.run_id AND r.prompt_id = f.prompt_id AND r.prompt_sha = f.prompt_sha AND r.sample = f.sample
        ORDER BY f.prompt_id, f.scorer, f.run_id, f.sample""")
    con.execute(
        """
        CREATE TABLE loglik AS
        SELECT f.* FROM loglik_files f SEMI JOIN reply_texts t
            ON t.reply_id = f.reply_id AND t.wording = f.wording AND t.context = f.context AND t.text_sha = f.text_sha
        WHERE NOT list_contains($gone, f.run_id)
            AND f.run_id NOT IN (
                SELECT r.id FROM runs r JOIN models m ON m.id = r.model_id WHERE m.template <> r.template)
        ORDER BY f.case_id, f.context, f.model_id""",
        {"gone": list(gone)},
    )
