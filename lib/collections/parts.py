"""Rows on their way into the Parquet parts of a collection, which are written as they fill."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lib.runs.parts import MAX_ROWS


class Parts:
    """The parts of one run or table: Parquet files of at most 100,000 rows.

    `columns`: what each row of `rows` holds; `same`: the columns that are the same in every row.
    """

    def __init__(self, stem: Path, schema: pa.Schema, columns: Sequence[str], same: Mapping[str, Any]):
        self._stem, self._schema, self._columns, self._same = stem, schema, columns, same
        self._writer: pq.ParquetWriter | None = None
        self._written: list[Path] = []
        self._in_part = 0
        self.rows: list[tuple] = []

    def flush(self) -> None:
        if not self.rows:
            return
        table = self._table()
        self.rows = []
        start = 0
        while start < table.num_rows:
            if self._writer is None:
                self._open()
            piece = table.slice(start, MAX_ROWS - self._in_part)
            assert self._writer is not None
            self._writer.write_table(piece)
            self._in_part += piece.num_rows
            start += piece.num_rows
            if self._in_part == MAX_ROWS:
                self._shut()

    def _table(self) -> pa.Table:
        given = zip(self._columns, zip(*self.rows, strict=True), strict=True)
        columns = {name: pa.array(values, self._schema.field(name).type) for name, values in given}
        for name, value in self._same.items():
            columns[name] = pa.repeat(pa.scalar(value, self._schema.field(name).type), len(self.rows))
        columns["case_id"] = columns["prompt_sha"]
        join = pc.get_function("binary_join_element_wise")
        columns["prompt_id"] = join.call([columns["prompt_sha"], pa.scalar("asked"), pa.scalar("/")])
        return pa.Table.from_arrays([columns[f.name] for f in self._schema], schema=self._schema)

    def _open(self) -> None:
        path = self._stem.with_name(f"{self._stem.name}.{len(self._written) + 1:02d}.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._written.append(path)
        self._in_part = 0

    def _shut(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = None

    def close(self) -> list[Path]:
        self.flush()
        self._shut()
        return self._written
