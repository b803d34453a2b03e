"""Files: atomic writes, hashes, JSON Lines, and errors that name file and field."""

import hashlib
import json
import os
import uuid
from pathlib import Path
from typing import Any

from lib.domain import (
    TrilemmaError,
)


class DataProblem(TrilemmaError):
    """A data file that cannot be used; the message names the file and the fault."""


def digest(value: Any) -> str:
    """A short hash of anything that JSON can write."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


def write_whole(path: Path, write: Any) -> None:
    """Call `write(scratch)` and move the result into place: a reader sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        write(scratch)
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
