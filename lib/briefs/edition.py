"""Which version of the app and of its data a document or a citation is of."""

import tomllib
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from lib.briefs.document import Edition
from lib.files import sha256_of
from lib.paths import ROOT, Paths


def edition(paths: Paths) -> Edition:
    """`<app's version>+<first digits of the hash of the manifest, which seals all answers>`, and today's date."""
    manifest = paths.manifest
    stamp = (manifest, manifest.stat().st_mtime_ns) if manifest.is_file() else None
    return Edition(f"{_app()}+{_answers(stamp)}", datetime.now(UTC).date().isoformat())


@lru_cache(maxsize=1)
def _app() -> str:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


@lru_cache(maxsize=4)
def _answers(stamp: tuple[Path, int] | None) -> str:
    if stamp is None:
        return "no-answers"
    return sha256_of(stamp[0])[:8]
