"""Files <-> records: the one place that knows the field names of data/runs, responses, scores and loglik."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from lib.domain import ReplyLogLikelihood, Response, Run, Score
from lib.files import DataProblem, named_faults, write_whole
from lib.paths import Paths

_TEXT, _COUNT, _REAL = pa.string(), pa.int32(), pa.float64()

RESPONSE_SCHEMA = pa.schema(
    [
        pa.field("run_id", _TEXT, nullable=False),
        pa.field("model_id", _TEXT, nullable=False),
        pa.field("case_id", _TEXT, nullable=False),
        pa.field("prompt_id", _TEXT, nullable=False),
        pa.field("sample", _COUNT, nullable=False),
        ("text", _TEXT),
        pa.field("rendered", _TEXT, nullable=False),
        pa.field("finish", _TEXT, nullable=False),
        pa.field("tokens", _COUNT, nullable=False),
        ("error", _TEXT),
        pa.field("prompt_sha", _TEXT, nullable=False),
    ]
)
SCORE_SCHEMA = pa.schema(
    [
        pa.field("run_id", _TEXT, nullable=False),
        pa.field("prompt_id", _TEXT, nullable=False),
        pa.field("sample", _COUNT, nullable=False),
        pa.field("aspect", _TEXT, nullable=False),
        pa.field("scorer", _TEXT, nullable=False),
        ("value", _REAL),
        pa.field("status", _TEXT, nullable=False),
        pa.field("reason", _TEXT, nullable=False),
        ("low", _REAL),
        ("high", _REAL),
        ("label", _TEXT),
    ]
)
LOGLIK_SCHEMA = pa.schema(
    [
        pa.field(f.name, {int: _COUNT, float: _REAL}.get(f.type, _TEXT), nullable=False)
        for f in fields(ReplyLogLikelihood)
    ]
)

_RUN = TypeAdapter(Run)


class ResponseScores(NamedTuple):
    """The scores of one response, with its place."""

    run_id: str
    prompt_id: str
    sample: int
    scores: tuple[Score, ...]


def write_run(folder: Path, run: Run) -> None:
    text = json.dumps(asdict(run), indent=1, ensure_ascii=False) + "\n"
    write_whole(folder / f"{run.id}.json", lambda scratch: scratch.write_text(text, encoding="utf-8"))


def read_run(path: Path) -> Run:
    try:
        run = _RUN.validate_json(path.read_bytes())
    except ValidationError as fault:
        raise DataProblem(named_faults(path.name, fault)) from fault
    if run.id != path.stem:
        raise DataProblem(f"{path.name}: id: must equal the file's name, {path.stem!r}")
    return run


def read_runs(folder: Path) -> list[Run]:
    return [read_run(p) for p in sorted(folder.glob("*.json"))]


def _write_table(path: Path, rows: list[dict], schema: pa.Schema) -> None:
    table = pa.Table.from_pylist(rows, schema=schema)
    write_whole(path, lambda scratch: pq.write_table(table, scratch, compression="zstd"))


def read_table(path: Path, schema: pa.Schema) -> list[dict]:
    """The rows of one Parquet file. Raises DataProblem where a column is missing or has another type."""
    check_schema(path, schema)
    return pq.read_table(path, schema=schema).to_pylist()


def check_schema(path: Path, schema: pa.Schema) -> None:
    try:
        found = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as fault:
        raise DataProblem(f"{path.name}: not a readable Parquet file ({fault})") from fault
    for column in schema:
        at = found.get_field_index(column.name)
        if at < 0:
            raise DataProblem(f"{path.name}: column {column.name!r} is missing")
        if found.field(at).type not in (column.type, pa.large_string() if column.type == _TEXT else column.type):
            raise DataProblem(f"{path.name}: column {column.name!r} is {found.field(at).type}, must be {column.type}")


def write_responses(path: Path, responses: Sequence[Response]) -> None:
    _write_table(path, [{k: v for k, v in asdict(r).items() if k != "scores"} for r in responses], RESPONSE_SCHEMA)


def read_responses(path: Path) -> list[Response]:
    return [Response(**row) for row in read_table(path, RESPONSE_SCHEMA)]


def stored_responses(paths: Paths) -> Iterator[Response]:
    """Every stored answer, file by file."""
    for path in sorted(paths.responses.glob("*.parquet")):
        yield from read_responses(path)


def write_scores(path: Path, scored: Iterable[ResponseScores]) -> None:
    rows = [
        {"run_id": s.run_id, "prompt_id": s.prompt_id, "sample": s.sample, **asdict(score)}
        for s in scored
        for score in s.scores
    ]
    _write_table(path, rows, SCORE_SCHEMA)


def write_loglik(path: Path, rows: Sequence[ReplyLogLikelihood]) -> None:
    _write_table(path, [asdict(r) for r in rows], LOGLIK_SCHEMA)


def read_loglik(path: Path) -> list[ReplyLogLikelihood]:
    return [ReplyLogLikelihood(**row) for row in read_table(path, LOGLIK_SCHEMA)]


def data_files(paths: Paths) -> Iterator[Path]:
    """Every file that the database is built from, in a fixed order."""
    yield from sorted(paths.cases.glob("*.md"))
    if paths.models.exists():
        yield paths.models
    for folder, pattern in (
        (paths.runs, "*.json"),
        (paths.responses, "*.parquet"),
        (paths.scores, "*.parquet"),
        (paths.loglik, "*.parquet"),
    ):
        yield from sorted(p for p in folder.glob(pattern) if not p.name.startswith("."))
