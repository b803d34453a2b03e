"""AlpacaEval: model outputs (instruction, input, output, generator) and annotations (two outputs and a preference)."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lib.domain import Message
from lib.formats.items import Answer, Better, Item, Preference
from lib.formats.sources import Source
from lib.formats.values import count_of, number_of, tags_of, text_of

_TAGS = ("dataset", "category")


def recognises_outputs(source: Source) -> bool:
    rows = source.objects
    return bool(rows) and all({"instruction", "output"} <= r.keys() and "completions" not in r for r in rows)


def recognises_annotations(source: Source) -> bool:
    rows = source.objects
    return bool(rows) and all({"instruction", "output_1", "output_2", "preference"} <= r.keys() for r in rows)


def _asked(row: Mapping[str, Any]) -> tuple[Message, ...]:
    parts = [text_of(row.get(k)) for k in ("instruction", "input")]
    text = "\n\n".join(p for p in parts if p)
    return (Message("user", text),) if text else ()


def outputs(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    for _, row in source.numbered(progress):
        model = text_of(row.get("generator")) or ""
        tokens = count_of(row.get("token_len"))
        question = text_of(row["instruction"]) or ""
        yield Answer(_asked(row), model, text_of(row["output"]), question, tags=tags_of(row, _TAGS), tokens=tokens)


def annotations(source: Source, progress: Callable[[int], None] | None) -> Iterator[Item]:
    """`preference`: 1 the first, 2 the second, between them by weight; 1.5 and 0 ties, null a failed rating."""
    for _, row in source.numbered(progress):
        value = number_of(row["preference"])
        yield Preference(
            _asked(row),
            text_of(row.get("generator_1")) or "output 1",
            text_of(row["output_1"]),
            text_of(row.get("generator_2")) or "output 2",
            text_of(row["output_2"]),
            None if value is None else better(value),
            text_of(row.get("annotator")) or "",
            value,
            tags=tags_of(row, _TAGS),
        )


def better(preference: float) -> Better:
    if preference == 0 or math.isclose(preference, 1.5):
        return "tie"
    return "a" if preference < 1.5 else "b"
