"""The manifest: the sealed parts of a data folder, held to their SHA-256, and what stands in them."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from lib.cases.files import case_files
from lib.dataset import SCHEMAS, first_line, read_table
from lib.domain import Response
from lib.domain.vocabulary import Sha256
from lib.files import DataProblem, read_json, sha256_of, write_whole
from lib.models.registry import own_registry
from lib.paths import Paths

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
        raise DataProblem(f"{file.name}: not a readable Parquet file ({first_line(fault)})") from fault


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
