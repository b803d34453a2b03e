"""The teacher's key of an installation: who has it may begin and lead sessions where the app is open to others."""

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from lib.paths import Paths


def key(at: Paths) -> str:
    """Made at the first call, in a file that only its owner may read; it stays until that file is deleted."""
    file = at.local / "teacher.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch = file.with_suffix(f".{secrets.token_hex(4)}.tmp")
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(32))
        scratch.replace(file)
    return _read(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(file: Path, _changed: int) -> str:
    return file.read_text(encoding="utf-8").strip()


def cookie(at: Paths) -> str:
    """What the teacher's browser keeps: not the key itself."""
    return hashlib.sha256(b"teacher " + key(at).encode()).hexdigest()


def is_key(at: Paths, given: str) -> bool:
    return hmac.compare_digest(given.encode(), key(at).encode())
