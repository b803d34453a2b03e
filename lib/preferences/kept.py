"""data/local/preferences/<name>.parquet: the rows of a set that was measured here, for examples and for export."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lib.domain import Message
from lib.files import write_whole
from lib.preferences.contents import dropped_by
from lib.preferences.marks import MARKS
from lib.preferences.material import Material

_REPLIES = ("chosen", "rejected")
_TURN = pa.struct([("role", pa.string()), ("content", pa.string())])


class Example(NamedTuple):
    """A comparison as it stands in the file; `rejected` is None where a reply was judged alone."""

    context: tuple[Message, ...]
    chosen: str
    rejected: str | None


def path_of(local: Path, name: str) -> Path:
    return local / f"{name}.parquet"


def write(local: Path, name: str, material: Material, topic: np.ndarray | None) -> None:
    """Every decided comparison with its topic, which filters keep it, and what its two replies differ in."""
    decided = [k for k, c in enumerate(material.comparisons) if c.decided]
    rows = [material.comparisons[k] for k in decided]
    won = np.array([c.choice == 1 for c in rows], dtype=bool)
    first, second = material.first[decided], material.second[decided]
    chosen = np.where(won[:, None], first, second)
    rejected = np.where(won[:, None], second, first)
    if material.single:
        chosen, rejected = first, np.zeros_like(first)
    columns: dict[str, Any] = {
        "context": pa.array(
            [[{"role": m.role, "content": m.content} for m in c.context] for c in rows], pa.list_(_TURN)
        ),
        "chosen": [c.first if material.single else c.chosen for c in rows],
        "rejected": [None if material.single else c.rejected for c in rows],
        "label": [bool(c.choice) if material.single else None for c in rows],
        "topic": (topic[decided] if topic is not None else np.full(len(rows), -1)).astype(np.int32),
    }
    columns |= {f"keep_{key}": keep[decided] for key, keep in dropped_by(material).items()}
    for k, mark in enumerate(MARKS):
        columns[f"mark_{mark.key}"] = chosen[:, k] - rejected[:, k]
    table = pa.table(columns)
    write_whole(path_of(local, name), lambda scratch: pq.write_table(table, scratch, compression="zstd"))


def examples(local: Path, name: str, wanted: Mapping[str, float], most: int) -> list[Example]:
    """Some rows for which every column has the wanted sign or value, the shortest first; empty where no rows are kept.

    A `mark_` column is asked for its sign, any other for its value.
    """
    path = path_of(local, name)
    if not path.is_file():
        return []
    keys = [*wanted, "context", "chosen", "rejected"]
    table = pq.read_table(path, columns=keys)
    for key, value in wanted.items():
        column = table[key].to_numpy()
        table = table.filter(pa.array((np.sign(column) if key.startswith("mark_") else column) == value))
    lengths = [
        sum(map(len, filter(None, both))) for both in zip(*(table[k].to_pylist() for k in _REPLIES), strict=True)
    ]
    order = np.argsort(lengths, kind="stable")[:most]
    return [_example(row) for row in table.take(pa.array(order)).to_pylist()]


def _example(row: Mapping[str, Any]) -> Example:
    return Example(tuple(Message(m["role"], m["content"]) for m in row["context"]), row["chosen"], row["rejected"])


def for_trl(local: Path, name: str, dropped: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows that stay when these kinds are left out, in TRL's conversational shape: prompt, chosen, rejected.

    Of replies judged alone: prompt, completion, label.
    """
    table = pq.read_table(path_of(local, name))
    for key in dropped:
        table = table.filter(table[f"keep_{key}"])
    for row in table.select(["context", "chosen", "rejected", "label"]).to_pylist():
        reply = [{"role": "assistant", "content": row["chosen"]}]
        if row["rejected"] is None:
            yield {"prompt": row["context"], "completion": reply, "label": row["label"]}
        else:
            other = [{"role": "assistant", "content": row["rejected"]}]
            yield {"prompt": row["context"], "chosen": reply, "rejected": other}
