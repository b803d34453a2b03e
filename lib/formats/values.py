"""Values of foreign JSON as texts, numbers, messages and scores: every shape that tools write, and nothing guessed."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from lib.domain import Message, Role
from lib.formats.items import BadImport, Mark

_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "ai": "assistant",
    "bot": "assistant",
}
_PART_TEXT = ("text", "refusal")
_LONGEST_LABEL = 200


def text_of(value: Any) -> str | None:
    """A reply's text: of a list of content parts the parts of text alone; anything else but text as its JSON."""
    if value is None or isinstance(value, str):
        return None if value is None else value
    if isinstance(value, list) and value and all(_is_part(p) for p in value):
        return "".join(p if isinstance(p, str) else _part(p) for p in value)
    if isinstance(value, dict) and isinstance(value.get("content"), str | list):
        return text_of(value["content"])
    if isinstance(value, float) and math.isnan(value):
        return None  # pandas writes an empty cell so
    return json.dumps(value, ensure_ascii=False)


def _is_part(part: Any) -> bool:
    return isinstance(part, str) or (isinstance(part, dict) and isinstance(part.get("type"), str))


def _part(part: Mapping[str, Any]) -> str:
    return next(
        (part[k] for k in _PART_TEXT if part["type"] in (k, "output_text") and isinstance(part.get(k), str)), ""
    )


def messages_of(value: Any) -> tuple[Message, ...]:
    """A prompt: a text, one message, or a list of messages in any of the usual shapes. Raises BadImport for others."""
    if isinstance(value, str):
        return (Message("user", value),) if value else ()
    if isinstance(value, Mapping):
        return (_message(value),) if _is_message(value) else _of_mapping(value)
    if isinstance(value, list) and all(isinstance(m, str) for m in value):
        return tuple(Message("assistant" if k % 2 else "user", m) for k, m in enumerate(value) if m)
    if isinstance(value, list) and all(isinstance(m, Mapping) and _is_message(m) for m in value):
        return tuple(m for each in value if (m := _message(each)).content)
    if value is None:
        return ()
    raise BadImport(f"no prompt: {json.dumps(value, ensure_ascii=False)[:60]} is neither a text nor a list of messages")


def _is_message(value: Mapping[str, Any]) -> bool:
    return ("role" in value or "from" in value) and any(k in value for k in ("content", "value", "text"))


def _message(value: Mapping[str, Any]) -> Message:
    name = str(value.get("role", value.get("from")))
    said = text_of(next(value[k] for k in ("content", "value", "text") if k in value)) or ""
    role = _ROLES.get(name.lower())
    return Message(role, said) if role else Message("user", f"[{name}] {said}" if said else "")


def _of_mapping(value: Mapping[str, Any]) -> tuple[Message, ...]:
    """An object of inputs, as datasets for tracing tools have: each field in a line of its own."""
    if len(value) == 1:
        return messages_of(next(iter(value.values())))
    lines = [f"{k}: {text_of(v)}" for k, v in value.items() if v is not None]
    return (Message("user", "\n".join(lines)),) if lines else ()


def number_of(value: Any) -> float | None:
    """A number, also one that stands as text with a point or a decimal comma; None for anything else and for NaN."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        value = value.strip()
        if re.fullmatch(r"[+-]?\d+,\d+", value):
            value = value.replace(",", ".")
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value):
            return None
    if not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def marks_of(scorer: str, value: Any, reason: Any = None) -> list[Mark]:
    """A score in any shape: of an object each part by itself; what is no number stays as the label that it is."""
    if isinstance(value, Mapping):
        return [m for k, v in value.items() for m in marks_of(f"{scorer}/{k}", v, reason)]
    why = (text_of(reason) or "")[:2_000] if reason is not None else ""
    number = None if isinstance(value, str) else number_of(value)
    label = None if number is not None or value is None else (text_of(value) or _nan(value))[:_LONGEST_LABEL]
    return [Mark(scorer, number, label, why)]


def _nan(value: Any) -> str:
    return "NaN" if isinstance(value, float) else ""


def tags_of(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """The short values of some fields, as text."""
    found = {n: row[n] for n in names if isinstance(row.get(n), str | int | bool)}
    return {n: str(v)[:_LONGEST_LABEL] for n, v in found.items() if v != ""}


def fields_of(value: Any) -> dict[str, Any]:
    """An object, empty where the value is none."""
    return value if isinstance(value, dict) else {}


def count_of(value: Any) -> int:
    """A number of tokens, 0 where there is none."""
    return min(int(value), 2**31 - 1) if isinstance(value, int | float) and 0 < value < 2**40 else 0
