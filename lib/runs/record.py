"""The record of a run: everything needed to repeat it on this class of machine."""

import importlib.metadata
import os
import platform
from datetime import UTC, datetime
from typing import Any

from lib.domain import LoadedModel, Run, Settings


def run_record(run_id: str, kind: Any, loaded: LoadedModel, weights_sha: str, settings: Settings | None) -> Run:
    """The run's file: everything needed to repeat it on this class of machine."""
    return Run(
        id=run_id,
        model_id=loaded.model.id,
        kind=kind,
        template=loaded.template.name,
        settings=settings,
        model_sha256=weights_sha,
        dtype=loaded.dtype,
        **surroundings(),
    )


def surroundings() -> dict[str, Any]:
    """The fields of a Run that say where and when it was made: package versions, machine class, date."""
    return {
        "packages": (
            {name: importlib.metadata.version(name) for name in ("torch", "transformers", "tokenizers")}
            | {"python": platform.python_version()}
        ),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
