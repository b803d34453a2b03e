"""Text formats: plain values read from a file and written back, with the tokens that no writer would write."""

import json
import re
import tomllib
from collections.abc import Callable
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from tests.faults.mutations import BARE_DATE, DEEP, INFINITY, NAN, TOO_LARGE

_DEEP = "[" * 3_000 + "]" * 3_000
_RAW = {
    "json": {NAN: "NaN", INFINITY: "Infinity", TOO_LARGE: "1e400", DEEP: _DEEP, BARE_DATE: "2024-13-45"},
    "toml": {NAN: "nan", INFINITY: "inf", TOO_LARGE: "1e400", DEEP: _DEEP, BARE_DATE: "2024-13-45"},
    "yaml": {NAN: ".nan", INFINITY: ".inf", TOO_LARGE: "1e400", DEEP: _DEEP, BARE_DATE: "2024-13-45"},
}


def _with_raw(text: str, language: str) -> bytes:
    for token, raw in _RAW[language].items():
        text = text.replace(json.dumps(token), raw)
    return text.encode("utf-8", "surrogatepass")


class Format(NamedTuple):
    """How plain values are read from a file's bytes, and written."""

    read: Callable[[bytes], Any]
    write: Callable[[Any, bytes], bytes]  # the value and the file as it was


_FENCE = re.compile(rb"\A---\n(.*?\n)---\n(.*)\Z", re.DOTALL)


def _front(data: bytes) -> Any:
    match = _FENCE.match(data)
    return YAML(typ="safe", pure=True).load(match[1].decode()) if match else {}


def _with_front(value: Any, old: bytes) -> bytes:
    """Front matter as one line of JSON, which YAML reads."""
    match = _FENCE.match(old)
    return b"---\n" + _with_raw(json.dumps(value), "yaml") + b"\n---\n" + (match[2] if match else b"")


def toml(value: Any) -> str:
    """A value in TOML, the tables inside it on one line each."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def _toml_file(value: Any, old: bytes) -> bytes:
    if not isinstance(value, dict):
        return _with_raw(toml(value), "toml")
    return _with_raw("".join(f"{json.dumps(k)} = {toml(v)}\n" for k, v in value.items()), "toml")


def _json_lines(value: Any, old: bytes) -> bytes:
    rows = value if isinstance(value, list) else [value]
    return b"".join(_with_raw(json.dumps(row), "json") + b"\n" for row in rows)


FORMATS = {
    ".md": Format(_front, _with_front),
    ".toml": Format(lambda data: tomllib.loads(data.decode()), _toml_file),
    ".json": Format(json.loads, lambda value, old: _with_raw(json.dumps(value, indent=1), "json")),
    ".jsonl": Format(lambda data: [json.loads(line) for line in data.splitlines()], _json_lines),
}
