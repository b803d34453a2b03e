"""Files <-> records: the one place that knows the columns of data files, and the manifest of sealed parts."""

import hashlib
import json
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from lib.cases.files import case_files
from lib.domain import ReplyLogLikelihood, Response, Run, Score
from lib.domain.vocabulary import Sha256
from lib.files import DataProblem, read_json, sha256_of, write_whole
from lib.models.registry import own_registry
from lib.paths import Paths


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


def read_table(path: Path, schema: pa.Schema, columns: Sequence[str] | None = None) -> pa.Table:
    """One Parquet file, or some of its columns. Raises DataProblem where a column is missing or has another type."""
    check_schema(path, schema)
    try:
        table = pq.read_table(path, columns=list(columns or schema.names))
        table.validate(full=True)  # as text that is no UTF-8
        return table.cast(pa.schema([schema.field(name) for name in columns or schema.names]))
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise DataProblem(f"{path.name}: can't be read: {_line(fault)}") from fault


def check_schema(path: Path, schema: pa.Schema) -> None:
    """Raises DataProblem, naming file and column, where a file can't hold rows of the schema."""
    try:
        found = pq.read_schema(path)
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise DataProblem(f"{path.name}: not a readable Parquet file ({_line(fault)})") from fault
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


# ---- the manifest -----------------------------------------------------------------------------

# A table's folder, for scores the scorer's, and a file whose name neither hides nor climbs.
_PART_NAME = r"^(runs|responses|loglik|scores|checks|prompts|marks|preferences)(/\w[\w.+-]*){1,2}$"


class Part(NamedTuple):
    """A sealed file of the data folder, which is never changed."""

    rows: Annotated[int, Field(ge=0)]
    sha256: Sha256


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parts: dict[Annotated[str, StringConstraints(pattern=_PART_NAME, max_length=200)], Part]


def read_manifest(paths: Paths) -> dict[str, Part]:
    """Sealed parts by their path below the data folder. Empty where nothing was sealed; raises DataProblem."""
    if not paths.manifest.exists():
        return {}
    return dict(sorted(read_json(paths.manifest, _Manifest).parts.items()))


def add_to_manifest(paths: Paths, files: Iterable[Path]) -> None:
    """List files as sealed. Jobs that do so at the same time wait for each other."""
    new = {f.relative_to(paths.data).as_posix(): Part(_rows_in(f), sha256_of(f)) for f in files}
    paths.local.mkdir(parents=True, exist_ok=True)
    with FileLock(paths.local / "manifest.lock"):
        parts = read_manifest(paths) | new
        listed = {"parts": {name: part._asdict() for name, part in sorted(parts.items())}}
        text = json.dumps(listed, indent=1) + "\n"
        write_whole(paths.manifest, lambda scratch: scratch.write_text(text, encoding="utf-8"))


def _rows_in(file: Path) -> int:
    try:
        return pq.read_metadata(file).num_rows if file.suffix == ".parquet" else 1
    except (pa.ArrowException, OSError) as fault:
        raise DataProblem(f"{file.name}: not a readable Parquet file ({_line(fault)})") from fault


def _line(fault: BaseException) -> str:
    """The first line of what a library says."""
    return next(iter(str(fault).splitlines()), type(fault).__name__)


def part_files(paths: Paths, table: str) -> list[Path]:
    """The sealed parts of a table, in the order of their names."""
    return [paths.data / name for name in read_manifest(paths) if name.startswith(f"{table}/")]


def run_files(paths: Paths) -> list[Path]:
    return part_files(paths, "runs")


def _sealed_problems(paths: Paths, listed: Mapping[str, Part]) -> Iterator[str]:
    """Every sealed part that isn't as it was sealed. Hashes those that this process has not hashed yet."""
    for name, part in listed.items():
        file = paths.data / name
        if not file.is_file():
            yield f"{name}: listed in {paths.manifest.name}, and missing"
        elif _hash_of(file) != part.sha256:
            yield f"{name}: changed since it was sealed (its SHA-256 is not the one in {paths.manifest.name})"


def check_sealed(paths: Paths) -> None:
    """Raises DataProblem for the first part that isn't as it was sealed."""
    if problem := next(_sealed_problems(paths, read_manifest(paths)), None):
        raise DataProblem(problem)


def manifest_problems(paths: Paths) -> list[str]:
    """Everything in which the data folder and its manifest differ."""
    listed = read_manifest(paths)
    out = [*_sealed_problems(paths, listed)]
    if not out:  # only of parts as they were sealed can rows be counted
        counts = ((name, _rows_in(paths.data / name), part.rows) for name, part in listed.items())
        out = [f"{name}: has {n} rows, {paths.manifest.name} says {said}" for name, n, said in counts if n != said]
    for table in ("runs", *SCHEMAS):
        for file in sorted((paths.data / table).rglob("*.json" if table == "runs" else "*.parquet")):
            name = file.relative_to(paths.data).as_posix()
            if file.is_file() and not file.name.startswith(".") and name not in listed:
                out.append(f"{name}: not listed in {paths.manifest.name}, so the app doesn't read it")
    return out


def stored_responses(paths: Paths) -> Iterator[Response]:
    """Every stored answer, part by part, without scores."""
    for path in part_files(paths, "responses"):
        for row in read_table(path, SCHEMAS["responses"]).to_pylist():
            yield Response(**row)


def run_rows(paths: Paths, run_id: str, table: str) -> pa.Table:
    """The rows of one run in the sealed parts of a table."""
    files = [f for f in part_files(paths, table) if f.name.startswith(f"{run_id}.")]
    return pa.concat_tables([SCHEMAS[table].empty_table(), *(read_table(f, SCHEMAS[table]) for f in files)])


def content_key(paths: Paths, *more: Path) -> str:
    """A hash of what the database is built from: the manifest, the cases, both registries and `more`.

    A sealed part counts by its line in the manifest and is not opened; other files are read again only when their
    size or time has changed.
    """
    total = hashlib.sha256()
    for path in (*more, paths.manifest, paths.models, own_registry(paths.models), *case_files(paths.cases)):
        total.update(f"{path.name} {_hash_of(path)}\n".encode())
    return total.hexdigest()[:16]


_known: dict[Path, tuple[tuple[int, int], str]] = {}


def _hash_of(path: Path) -> str:
    if not path.is_file():
        return "missing"
    stat = path.stat()
    seen = (stat.st_size, stat.st_mtime_ns)
    if path not in _known or _known[path][0] != seen:
        _known[path] = (seen, sha256_of(path))
    return _known[path][1]
