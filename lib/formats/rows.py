"""Rows of a data file, whatever it is written as: JSON, JSON Lines, CSV, Parquet or Excel, plain or gzipped."""

import gzip
import shutil
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from lib.domain import TrilemmaError
from lib.formats.sources import Source
from lib.formats.tables import Table

Row = Mapping[str, Any]
KINDS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".xlsx")


class Rows(NamedTuple):
    """One file's rows; `name` is the file's without its endings, which for a folder's files names the split."""

    name: str
    rows: list[Row]


def read_rows(path: Path) -> list[Rows]:
    """The rows of a file, or of each data file of a folder.

    Raises TrilemmaError, naming the file and the fault, where one can't be read or holds no rows.
    """
    if not path.exists():
        raise TrilemmaError(f"{path}: there is no such file or folder.")
    files = sorted(f for f in path.iterdir() if f.is_file() and _ending(f) in KINDS) if path.is_dir() else [path]
    if not files:
        raise TrilemmaError(f"{path}: no file in this folder ends in {', '.join(KINDS)}.")
    return [Rows(f.name.split(".", 1)[0], _file_rows(f)) for f in files]


def _ending(path: Path) -> str:
    return (path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix).lower()


def _file_rows(path: Path) -> list[Row]:
    if _ending(path) not in KINDS:
        raise TrilemmaError(f"{path.name}: only files that end in {', '.join(KINDS)} are read.")
    with _unpacked(path) as file:
        source = Source(file, path.name)
        rows = [row for _, row in _numbered(source)]
    if not rows:
        raise TrilemmaError(f"{path.name}: holds no rows.")
    return rows


@contextmanager
def _unpacked(path: Path) -> Generator[Path]:
    if path.suffix != ".gz":
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=_ending(path)) as out:
        try:
            with gzip.open(path) as packed:
                shutil.copyfileobj(packed, out)
        except (OSError, EOFError) as fault:
            raise TrilemmaError(f"{path.name}: can't be unpacked: {fault}") from fault
        out.flush()
        yield Path(out.name)


def _numbered(source: Source) -> Iterator[tuple[str, Row]]:
    if source.kind not in ("json", "json lines"):
        return Table(source).rows()
    value = source.whole if source.kind == "json" else None
    lists = [v for v in value.values() if isinstance(v, list) and v] if isinstance(value, dict) else []
    whole_row = _ending(Path(source.name)) != ".json" or not lists  # one line of JSON Lines is such a value too
    return source.numbered() if whole_row else source.listed(lists[0])
