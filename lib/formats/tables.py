"""Tables: CSV with any delimiter and encoding, Excel sheets and Parquet, as rows of named cells."""

import csv
import io
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from lib.formats.items import BadImport
from lib.formats.sources import Source

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 40  # rows that decide
_BATCH = 2_000  # rows of Parquet at once
csv.field_size_limit(2**31 - 1)


class Table:
    """The columns and rows of a table; where a file has no header, columns are called `column 1` and so on."""

    def __init__(self, source: Source, delimiter: str | None = None, header: bool | None = None):
        self.source, self._delimiter, self._header = source, delimiter, header

    @cached_property
    def delimiter(self) -> str:
        """The one that splits the first rows into most cells, the same number in every row."""
        if self._delimiter:
            return self._delimiter

        def regular(delimiter: str) -> tuple[float, int]:
            widths = [len(r) for r in self._split(delimiter, _SAMPLE) if r]
            if not widths or max(widths) == 1:
                return 0.0, 0
            width, count = Counter(widths).most_common(1)[0]
            return (count / len(widths) if width > 1 else 0.0), width

        return max(_DELIMITERS, key=regular)

    def _split(self, delimiter: str, most: int | None = None) -> Iterator[list[str]]:
        with self._text() as text:
            reader = csv.reader(text, delimiter=delimiter, strict=False)
            try:
                for number, row in enumerate(reader):
                    if number == most:
                        return
                    yield row
            except csv.Error as fault:
                raise BadImport(
                    f"{self.source.name}: line {reader.line_num}: can't be read as a table: {fault}"
                ) from fault
            except UnicodeDecodeError as fault:
                raise BadImport(
                    f"{self.source.name}: after line {reader.line_num}: byte {fault.start:,}:"
                    f" not {self.source.encoding} text ({fault.reason})"
                ) from fault

    def _text(self) -> io.TextIOWrapper:
        try:
            encoding = "utf-8-sig" if self.source.encoding == "utf-8" else self.source.encoding
            return self.source.path.open(encoding=encoding, newline="")
        except (OSError, LookupError) as fault:
            raise BadImport(f"{self.source.name}: can't be read: {fault}") from fault

    @cached_property
    def has_header(self) -> bool:
        """Whether the first row names columns: no number and no long text among its cells; the first may be empty."""
        if self._header is not None:
            return self._header
        first = next(iter(self._raw()), [])
        named = first[1:] or first
        return bool(named) and all(c.strip() and len(c) < 80 and "\n" not in c and not _numeric(c) for c in named)

    def _raw(self) -> Iterator[list[str]]:
        if self.source.kind == "xlsx":
            yield from _sheet(self.source)
        else:
            yield from (row for row in self._split(self.delimiter) if row)

    @cached_property
    def columns(self) -> list[str]:
        """Names without duplicates; one that is missing is called by its place."""
        if self.source.kind == "parquet":
            return list(_parquet(self.source).schema_arrow.names)
        first = next(iter(self._raw()), [])
        names = [c.strip() if self.has_header else "" for c in first]
        out: list[str] = []
        for place, name in enumerate(names, start=1):
            name = name or f"column {place}"
            out.append(name if name not in out else f"{name} ({place})")
        return out

    def rows(self, progress: Callable[[int], None] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each row with the words that name its place. Raises BadImport for a row of another width than the header."""
        if self.source.kind == "parquet":
            yield from _parquet_rows(self.source, progress)
            return
        columns, read = self.columns, 0
        for number, row in enumerate(self._raw(), start=1):
            read += sum(map(len, row)) + len(row)
            if progress and not number & 1023:
                progress(read)
            if number == 1 and self.has_header:
                continue
            if len(row) != len(columns):
                raise BadImport(
                    f"{self.source.name}: row {number}: has {len(row)} cells, the first row has {len(columns)}"
                    f" (delimiter {self.delimiter!r})"
                )
            yield f"row {number}", dict(zip(columns, row, strict=True))


def _numeric(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _sheet(source: Source) -> Iterator[list[str]]:
    """The first sheet that has rows, each cell as text."""
    try:
        from python_calamine import CalamineWorkbook

        book = CalamineWorkbook.from_path(str(source.path))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python()
            if rows:
                yield from ([_cell(c) for c in row] for row in rows)
                return
    except Exception as fault:
        if isinstance(fault, BadImport):
            raise
        raise BadImport(f"{source.name}: the workbook can't be read: {fault}") from fault
    raise BadImport(f"{source.name}: the workbook has no rows")


def _cell(value: Any) -> str:
    """A whole number without the point that every number of a sheet has."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return "" if value is None else str(value)


def _parquet(source: Source) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(source.path)
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise BadImport(f"{source.name}: not a readable Parquet file ({str(fault).splitlines()[0]})") from fault


def _parquet_rows(source: Source, progress: Callable[[int], None] | None) -> Iterator[tuple[str, dict[str, Any]]]:
    import pyarrow as pa

    file, number = _parquet(source), 0
    total = max(1, file.metadata.num_rows)
    try:
        for batch in file.iter_batches(_BATCH):
            for row in batch.to_pylist():
                number += 1
                yield f"row {number}", row
            if progress:
                progress(source.bytes * number // total)
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise BadImport(f"{source.name}: after row {number:,}: can't be read: {str(fault).splitlines()[0]}") from fault


def first(rows: Iterator[tuple[str, dict[str, Any]]], most: int = _SAMPLE) -> list[dict[str, Any]]:
    """The first rows of some."""
    out = []
    for _, row in rows:
        out.append(row)
        if len(out) == most:
            break
    return out


# ---- writing ------------------------------------------------------------------------------------


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], for_excel: bool = False) -> int:
    """Rows as CSV; for Excel with a byte order mark and its line ends. How many rows were written."""
    written = 0
    with path.open("w", encoding="utf-8-sig" if for_excel else "utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n" if for_excel else "\n")
        out.writerow(columns)
        for row in rows:
            out.writerow(["" if row[c] is None else row[c] for c in columns])
            written += 1
    return written


def write_json_lines(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    written = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps({c: row[c] for c in columns}, ensure_ascii=False) + "\n")
            written += 1
    return written


def write_parquet(
    path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], numbers: Mapping[str, str]
) -> int:
    """`numbers`: the columns that aren't text, with their types as Arrow names them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([pa.field(c, pa.type_for_alias(numbers.get(c, "string"))) for c in columns])
    waiting, written = iter(rows), 0
    with pq.ParquetWriter(path, schema, compression="zstd") as out:
        while batch := list(itertools.islice(waiting, _BATCH)):
            out.write_table(pa.Table.from_pylist([{c: r[c] for c in columns} for r in batch], schema=schema))
            written += len(batch)
    return written
