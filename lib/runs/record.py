"""The record of a run: everything needed to repeat it on this class of machine."""

import importlib.metadata
import os
import platform
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Literal

from lib.domain import EndpointSource, LoadedModel, Model, Run, Settings
from lib.files import digest

Kind = Literal["generation", "log-likelihood"]


def run_record(loaded: LoadedModel, kind: Kind, weights_sha: str, settings: Settings | None) -> Run:
    """The run that a model in memory would make now. Its id is a hash of everything that decides its answers."""
    run = Run(
        id="",
        model_id=loaded.model.id,
        kind=kind,
        template=loaded.template.name,
        settings=settings,
        model_sha256=weights_sha,
        dtype=loaded.dtype,
        **environment(loaded.model),
        date=now(),
    )
    return replace(run, id=run_id(run))


def run_id(run: Run) -> str:
    """`<model>.<hash>`, with `ll-` before the hash where the run holds log-likelihoods."""
    parts = [run.kind, run.template, run.settings and asdict(run.settings), run.model_sha256]
    name = digest([*parts, run.dtype, dict(run.packages), run.machine])
    return f"{run.model_id}.{'ll-' if run.kind == 'log-likelihood' else ''}{name}"


def environment(model: Model) -> dict[str, Any]:
    """The fields of a Run that say on what it was made: package versions and machine class, or whose server."""
    if isinstance(model.source, EndpointSource):
        packages, machine = ("openai",), f"the server at {model.source.host}"
    else:
        packages = ("torch", "transformers", "tokenizers")
        machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return {
        "packages": (
            {name: importlib.metadata.version(name) for name in packages} | {"python": platform.python_version()}
        ),
        "machine": machine,
    }


def now() -> str:
    """ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
