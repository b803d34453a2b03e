"""Sealed parts written anew with one value that cannot be, under a manifest that fits."""

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from lib.dataset import SCHEMAS
from lib.paths import Paths
from tests.faults.library import reseal

_NAN, _INFINITY = float("nan"), float("inf")
_KEYS: dict[str, list[Any]] = {
    "run_id": ["", "no-such-run", None],
    "prompt_id": ["", "no/such", None],
    "prompt_sha": ["", None],
    "sample": [-1, 2**31 - 1, None],
}
VALUES: Mapping[str, Mapping[str, list[Any]]] = {
    "responses": {
        **_KEYS,
        "model_id": ["", "no-such-model", "qwen2.5-coder-1.5b-instruct", None],
        "case_id": ["", "no-such-case", None],
        "text": [None, "", "a\x00b", "x" * 1_000_000],
        "finish": ["", "no-such-finish", "error", None],
        "tokens": [-5, 0, 2**31 - 1, None],
        "error": ["An error beside a text."],
        "row": [-1, None],
        "date": ["", "2024-13-45", "x" * 1_000_000],
        "rendered": ["", None],
    },
    "scores": {
        **_KEYS,
        "aspect": ["", "no-such-aspect", None],
        "scorer": ["", "no-version", None],
        "value": [1.7, -0.2, _NAN, _INFINITY, None],
        "status": ["", "no-such-status", "unscored", None],
        "low": [1.7, _NAN, -1.0],
        "high": [-0.5, _INFINITY],
        "label": ["", "no-such-label"],
        "reason": [None],
    },
    "loglik": {
        "run_id": _KEYS["run_id"],
        "model_id": ["", "no-such-model", "qwen2.5-coder-1.5b-instruct", None],
        "case_id": ["", "no-such-case", None],
        "reply_id": ["", "no/such", None],
        "wording": [-1, 7, None],
        "context": ["", "no/such", None],
        "logprob": [12.0, 0.0, _NAN, -_INFINITY, None],
        "tokens": [0, -5, None],
        "characters": [0, -5, 2**31 - 1, None],
        "text_sha": ["", None],
    },
    "checks": {
        **_KEYS,
        "check_key": ["", "no-such-check", None],
        "check_sha": ["", None],
        "says": [None],
        "reason": [None],
    },
}


class Column(NamedTuple):
    """What was done to which part."""

    file: Path
    what: str


def _as_text(rows: pa.Table, name: str) -> pa.Table:
    at = rows.schema.get_field_index(name)
    return rows.set_column(at, name, rows[name].cast(pa.string()))


def _as_long(rows: pa.Table, name: str) -> pa.Table:
    at = rows.schema.get_field_index(name)
    is_number = rows.schema.field(at).type == pa.int32()
    return rows.set_column(at, name, rows[name].cast(pa.int64() if is_number else pa.large_string()))


SHAPES: Mapping[str, Callable[[pa.Table, str], pa.Table]] = {
    "dropped": lambda rows, name: rows.drop_columns([name]),
    "as text": _as_text,
    "as a wider type": _as_long,
    "named in capitals": lambda rows, name: rows.rename_columns(
        [n.upper() if n == name else n for n in rows.column_names]
    ),
    "twice": lambda rows, name: rows.append_column(name, rows[name]),
    "beside another": lambda rows, name: rows.append_column("no_such", rows[name]),
    "of no rows": lambda rows, name: rows.slice(0, 0),
    "of a row twice": lambda rows, name: pa.concat_tables([rows, rows.slice(0, 1)]),
}


def _with_value(rows: pa.Table, name: str, value: Any, at: int) -> pa.Table:
    listed = rows.to_pylist()
    listed[at][name] = value
    schema = pa.schema([f.with_nullable(f.nullable or (f.name == name and value is None)) for f in rows.schema])
    return pa.Table.from_pylist(listed, schema=schema)


def choices() -> list[tuple[str, str, Any]]:
    """Every (table, column, value) there is."""
    return [
        (table, column, value) for table, each in VALUES.items() for column, those in each.items() for value in those
    ]


def spoiled(paths: Paths, r: Random) -> Column:
    """One part, with one value or the shape of one column changed, listed as it then is."""
    table, column, value = r.choice(choices())
    file = r.choice(sorted((paths.data / table).rglob("*.parquet")))
    rows = pq.read_table(file, schema=SCHEMAS[table])
    if r.random() < 0.2:
        name, change = r.choice(list(SHAPES.items()))
        what, out = f"{table}.{column} {name}", change(rows, column)
    else:
        at = r.randrange(rows.num_rows)
        said = f"{value!r}" if len(str(value)) < 40 else f"{len(str(value))} characters"
        what, out = f"{table}.{column} = {said}", _with_value(rows, column, value, at)
    pq.write_table(out, file, compression="zstd")
    reseal(paths, file)
    return Column(file, what)
