"""Files: atomic writes, hashes, JSON Lines, and validation errors that name file and field."""

import codecs
import hashlib
import json
import os
import tomllib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from lib.domain import TrilemmaError

_T = TypeVar("_T")
_Row = TypeVar("_Row", bound=BaseModel)


class DataProblem(TrilemmaError):
    """A data file that cannot be used; the message names the file and the fault."""


# ---- atomic writes ----------------------------------------------------------------------------


def write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Write atomically: call `write(scratch)`, then move the file into place. A reader sees all of it or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        write(scratch)
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically, with the same line ends on every system."""
    write_whole(path, lambda scratch: scratch.write_text(text, encoding="utf-8", newline="\n"))


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON, atomically."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def check_output(path: Path, *inputs: Path) -> None:
    """Raises TrilemmaError where a file can't or mustn't be written there, so that no work is done for nothing."""
    if not path.absolute().parent.is_dir():
        raise TrilemmaError(f"{path}: there is no folder {path.absolute().parent}")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise TrilemmaError(f"{path}: is no regular file, so it isn't replaced. Name another output.")
    if any(path.exists() and i.exists() and path.samefile(i) for i in inputs):
        raise TrilemmaError(f"{path}: is an input too, and would be lost. Name another output.")
    if not os.access(path.absolute().parent, os.W_OK):
        raise TrilemmaError(f"{path}: its folder can't be written to")


# ---- JSON and TOML ----------------------------------------------------------------------------


def read_json(path: Path, shape: type[_T], name: str | None = None) -> _T:
    """A JSON file as a value of `shape`, anything that pydantic validates.

    Raises DataProblem, naming file and field; the file is called `name`, or else by its own name.
    """
    try:
        return _adapter(shape).validate_json(read_bytes(path, name).removeprefix(codecs.BOM_UTF8))
    except ValidationError as fault:
        raise DataProblem(named_faults(name or path.name, fault)) from fault


def read_toml(path: Path, shape: type[_T]) -> _T:
    """A TOML file as a value of `shape`. Raises DataProblem, naming file and field."""
    try:
        return _adapter(shape).validate_python(tomllib.loads(read_bytes(path).decode("utf-8-sig")))
    except ValidationError as fault:
        raise DataProblem(named_faults(path.name, fault)) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        reason = "nested too deeply" if isinstance(fault, RecursionError) else str(fault)
        raise DataProblem(f"{path.name}: not valid TOML: {reason}") from fault


def read_bytes(path: Path, name: str | None = None) -> bytes:
    """A file's content. Raises DataProblem where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise DataProblem(f"{name or path.name}: can't be read: {fault.strerror}") from fault


@lru_cache(maxsize=64)
def _adapter(shape: Any) -> TypeAdapter:
    return TypeAdapter(shape)


# ---- JSON Lines -------------------------------------------------------------------------------


def jsonl_lines(
    path: Path, shape: type[_Row], problem: Callable[[str], TrilemmaError] = DataProblem, name: str | None = None
) -> Iterator[tuple[int, _Row]]:
    """Each row of a JSON Lines file, validated, with its line number; empty lines are skipped.

    Raises `problem(message)` where the file cannot be read or a line does not fit the shape.
    The message starts with `name`, or else the file's name.
    """
    name = name or path.name
    try:
        with path.open(encoding="utf-8-sig") as lines:  # not splitlines(), which also splits at U+2028 inside a text
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    try:
                        yield number, shape.model_validate_json(line)
                    except ValidationError as fault:
                        raise problem(f"{name}: line {number}: {field_faults(fault, 'line')[0]}") from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise problem(f"{name}: cannot be read: {fault}") from fault


def read_jsonl(
    path: Path, shape: type[_Row], problem: Callable[[str], TrilemmaError] = DataProblem, name: str | None = None
) -> list[_Row]:
    """The rows of a JSON Lines file, validated. Raises as `jsonl_lines` does."""
    return [row for _, row in jsonl_lines(path, shape, problem, name)]


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object a line, atomically."""
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


# ---- validation errors ------------------------------------------------------------------------


class FieldFault(NamedTuple):
    """One fault that pydantic found: where in the value, the same as a dotted path, and what is wrong."""

    place: tuple[str | int, ...]
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def field_faults(fault: ValidationError, whole: str = "file") -> list[FieldFault]:
    """Every fault of a validation; `whole` stands for the field where the fault is the whole value's."""
    out, errors = [], fault.errors()
    for error in errors:
        loc = error["loc"]
        # Only the sound items of a list are counted: where an item has a fault, "too short" may be no more than that.
        if error["type"] == "too_short" and any(e["loc"][: len(loc)] == loc != e["loc"] for e in errors):
            continue
        place = tuple(p for p in loc if p != "[key]")  # pydantic's mark of a mapping's key
        # Of a dataclass pydantic says "Unexpected keyword argument", which means nothing to the writer of a file.
        unknown = error["type"] == "unexpected_keyword_argument"
        message = "Extra inputs are not permitted" if unknown else error["msg"]
        out.append(FieldFault(place, dotted(place) or whole, message))
    return out


def dotted(place: Iterable[str | int]) -> str:
    """A place in a value as people read it, `prompts.0.label`."""
    return ".".join(map(str, place))


def named_faults(name: str, fault: ValidationError, whole: str = "file") -> str:
    """Every fault of a validation as a line of its own: `name: field.path: message`."""
    return "\n".join(f"{name}: {f}" for f in field_faults(fault, whole))


# ---- hashes -----------------------------------------------------------------------------------


def digest(value: Any) -> str:
    """A short hash of anything that JSON can write."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
