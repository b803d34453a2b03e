"""Values as the bytes of a file."""

import json
from collections.abc import Callable
from typing import Any

Made = Callable[[], tuple[bytes, str, int, int]]  # bytes, format, answers, preferences


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def as_lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(r).encode() + b"\n" for r in rows)


def turns(*said: str) -> list[dict[str, str]]:
    return [{"role": "assistant" if k % 2 else "user", "content": s} for k, s in enumerate(said)]
