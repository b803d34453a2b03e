"""Files <-> records: the one place that knows the columns of data files."""

import json
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from lib.domain import ReplyLogLikelihood, Response, Run, Score
from lib.files import DataProblem, read_json, write_whole


class ScoreRow(NamedTuple):
    """One score and the answer that it is of."""

    run_id: str
    prompt_id: str
    prompt_sha: str
    sample: int
    score: Score


class CheckRow(NamedTuple):
    """What one check said of one answer: yes, no, or None where it can't tell."""

    run_id: str
    prompt_id: str
    prompt_sha: str
    sample: int
    check_key: str
    check_sha: str
    says: bool | None
    reason: str


class PromptRow(NamedTuple):
    """A prompt of a collection. `document`: the record as JSON; `tags`: what its file says of it, as JSON."""

    prompt_id: str
    case_id: str
    prompt_sha: str
    number: int  # its place in the files
    label: str
    document: str
    tags: str


class MarkRow(NamedTuple):
    """A score that came with an imported answer, on its scorer's own scale: a number, a label, or neither."""

    run_id: str
    prompt_id: str
    prompt_sha: str
    sample: int
    scorer: str
    number: int  # of several by one scorer
    value: float | None
    label: str | None
    reason: str


class PreferenceRow(NamedTuple):
    """Which of two imported answers was found better: a, b, tie, or None where the rating failed."""

    prompt_id: str
    prompt_sha: str
    number: int  # its place in the files
    run_a: str
    sample_a: int
    run_b: str
    sample_b: int
    better: str | None
    score: float | None  # as the file has it
    rater: str
    judgement: str  # pairs of one judgement aren't independent
    tags: str


# ---- columns ----------------------------------------------------------------------------------


def _column(name: str, hint: Any) -> pa.Field:
    """The column of a field: text, yes or no, whole numbers or real numbers, nullable where the field may be None."""
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    plain = next(o for o in options if o is not type(None))
    column_type = {bool: pa.bool_(), int: pa.int32(), float: pa.float64()}.get(plain, pa.string())
    return pa.field(name, column_type, nullable=type(None) in options)


def _columns(record: Any, without: Iterable[str] = ()) -> list[pa.Field]:
    hints = get_type_hints(record)
    return [_column(f.name, hints[f.name]) for f in fields(record) if f.name not in without]


_PLACE = [_column(name, hint) for name, hint in get_type_hints(ScoreRow).items() if name != "score"]
_ELSEWHERE = ("scores", "judged")  # what a response holds from other tables
SCHEMAS: Mapping[str, pa.Schema] = {
    "responses": pa.schema(_columns(Response, without=_ELSEWHERE)),
    "loglik": pa.schema(_columns(ReplyLogLikelihood)),
    "scores": pa.schema([*_PLACE, *_columns(Score)]),
    "checks": pa.schema([_column(name, hint) for name, hint in get_type_hints(CheckRow).items()]),
    "prompts": pa.schema([_column(name, hint) for name, hint in get_type_hints(PromptRow).items()]),
    "marks": pa.schema([_column(name, hint) for name, hint in get_type_hints(MarkRow).items()]),
    "preferences": pa.schema([_column(name, hint) for name, hint in get_type_hints(PreferenceRow).items()]),
}
COLLECTED = ("prompts", "marks", "preferences")  # the tables that only collections have
# What tells two rows of a table apart: rows that agree on all of these are duplicates.
KEYS: Mapping[str, tuple[str, ...]] = {
    "responses": ("run_id", "prompt_id", "prompt_sha", "sample"),
    "loglik": ("run_id", "reply_id", "wording", "context", "text_sha"),
    "scores": ("run_id", "prompt_id", "prompt_sha", "sample", "aspect", "scorer"),
    "checks": ("run_id", "prompt_id", "prompt_sha", "sample", "check_key", "check_sha"),
    "prompts": ("prompt_id",),
    "marks": ("run_id", "prompt_id", "prompt_sha", "sample", "scorer", "number"),
    "preferences": ("prompt_id", "number"),
}


def response_table(rows: Sequence[Response]) -> pa.Table:
    return pa.Table.from_pylist(
        [{k: v for k, v in asdict(r).items() if k not in _ELSEWHERE} for r in rows], schema=SCHEMAS["responses"]
    )


def loglik_table(rows: Sequence[ReplyLogLikelihood]) -> pa.Table:
    return pa.Table.from_pylist([asdict(r) for r in rows], schema=SCHEMAS["loglik"])


def score_table(rows: Sequence[ScoreRow]) -> pa.Table:
    flat = [{**{f.name: getattr(r, f.name) for f in _PLACE}, **asdict(r.score)} for r in rows]
    return pa.Table.from_pylist(flat, schema=SCHEMAS["scores"])


def check_table(rows: Sequence[CheckRow]) -> pa.Table:
    return pa.Table.from_pylist([r._asdict() for r in rows], schema=SCHEMAS["checks"])


def write_table(path: Path, table: pa.Table) -> None:
    write_whole(path, lambda scratch: pq.write_table(table, scratch, compression="zstd"))


def first_line(fault: BaseException) -> str:
    """The first line of what a library says."""
    return next(iter(str(fault).splitlines()), type(fault).__name__)


def read_table(path: Path, schema: pa.Schema, columns: Sequence[str] | None = None) -> pa.Table:
    """One Parquet file, or some of its columns. Raises DataProblem where a column is missing or has another type."""
    check_schema(path, schema)
    try:
        table = pq.read_table(path, columns=list(columns or schema.names))
        table.validate(full=True)  # as text that is no UTF-8
        return table.cast(pa.schema([schema.field(name) for name in columns or schema.names]))
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise DataProblem(f"{path.name}: can't be read: {first_line(fault)}") from fault


def check_schema(path: Path, schema: pa.Schema) -> None:
    """Raises DataProblem, naming file and column, where a file can't hold rows of the schema."""
    try:
        found = pq.read_schema(path)
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise DataProblem(f"{path.name}: not a readable Parquet file ({first_line(fault)})") from fault
    for column in schema:
        at = found.get_field_index(column.name)
        if at < 0:
            raise DataProblem(f"{path.name}: column {column.name!r} is missing")
        if found.field(at).type not in (column.type, pa.large_string() if column.type == pa.string() else column.type):
            raise DataProblem(f"{path.name}: column {column.name!r} is {found.field(at).type}, must be {column.type}")


# ---- runs -------------------------------------------------------------------------------------


def write_run(folder: Path, run: Run) -> Path:
    path = folder / f"{run.id}.json"
    text = json.dumps(asdict(run), indent=1, ensure_ascii=False) + "\n"
    write_whole(path, lambda scratch: scratch.write_text(text, encoding="utf-8"))
    return path


def read_run(path: Path) -> Run:
    run = read_json(path, Run)
    if run.id != path.stem:
        raise DataProblem(f"{path.name}: id: must equal the file's name, {path.stem!r}")
    return run


def read_runs(folder: Path) -> list[Run]:
    return [read_run(p) for p in sorted(folder.glob("*.json"))]
