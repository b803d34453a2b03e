"""Where each model's weights are on this machine, and whether they are the pinned ones."""

import json
import os
from pathlib import Path

from platformdirs import user_cache_path

from lib.domain import (
    AdapterSource,
    EndpointSource,
    Model,
    TrilemmaError,
    WheelSource,
)
from lib.files import sha256_of
from lib.models.served import key_fault
from lib.paths import paths

MANIFEST = "manifest.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
# Never a pickle, which could run code: weights come as safetensors, the rest as text.
LOADED_FILES = ["*.safetensors", "*.json", "*.txt", "*.jinja", "tokenizer.model"]


class WeightsUnavailable(TrilemmaError):
    """Weights that could not be downloaded, or are not the pinned ones."""


def cache_dir() -> Path:
    """Where weights are kept: TRILEMMA_CACHE, or the platform's cache directory."""
    named = os.environ.get("TRILEMMA_CACHE")
    return Path(named) if named else user_cache_path("trilemma", appauthor=False)


def install_dir(model: Model) -> Path:
    """Where this model's loadable folder is, or would be."""
    if isinstance(model.source, WheelSource):
        return cache_dir() / "models" / f"{model.id}-{model.source.sha256[:12]}"
    return cache_dir() / "models" / model.id


def read_manifest(model: Model) -> dict | None:
    """The manifest of an installed model: `weights` (hash or revision), `folder`, `files` (name -> size and sha256)."""
    try:
        found = json.loads((install_dir(model) / MANIFEST).read_text(encoding="utf-8"))
        return found if found["files"] and {"weights", "folder"} <= found.keys() else None
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None  # one that was cut short is no installation: the next one mends it


def weights_dir(model: Model) -> Path | None:
    """The folder that transformers (for an adapter: peft) can load, or None where a file of the model is missing.

    Compares sizes only, since hashing takes seconds; `verify` hashes.
    """
    if isinstance(model.source, AdapterSource):
        return (
            adapter_dir(model)
            if weights_dir(model.source.base) and (adapter_dir(model) / ADAPTER_WEIGHTS).exists()
            else None
        )
    manifest = None if isinstance(model.source, EndpointSource) else read_manifest(model)
    if manifest is None:
        return None
    folder = Path(manifest["folder"]) if manifest["folder"] else install_dir(model)
    for name, file in manifest["files"].items():
        path = folder / name
        if not path.exists() or path.stat().st_size != file["size"]:
            return None
    return folder


def ready(model: Model) -> bool:
    """Whether a model can be asked: its weights are on this computer, or it has a server whose key is set."""
    if isinstance(model.source, EndpointSource):
        return key_fault(model.source) is None
    return weights_dir(model) is not None


def weights_id(model: Model) -> str:
    """The identity of the installed weights: SHA-256 of the pinned file, hub revision, or hash over a folder's files.

    Empty if the model is not installed. Of an endpoint it is what was asked and where: nobody here sees its weights.
    """
    if isinstance(model.source, EndpointSource):
        return f"{model.source.model} at {model.source.host}"
    if isinstance(model.source, AdapterSource):
        return model.source.sha256 if weights_dir(model) else ""
    manifest = read_manifest(model)
    return manifest["weights"] if manifest else ""


def adapter_dir(model: Model) -> Path:
    return paths().adapters / model.id


def install_command(model: Model) -> str:
    if isinstance(model.source, AdapterSource):
        return install_command(model.source.base)
    if isinstance(model.source, EndpointSource):
        return f"export {model.source.key}=...        # then start the app again" if model.source.key else ""
    return f"make models MODEL={model.id}        # or: python -m lib models {model.id}"


def hashed(folder: Path) -> dict[str, dict]:
    """Size and SHA-256 of every file that loading reads."""
    names = sorted(p for pattern in LOADED_FILES for p in folder.glob(pattern) if p.name != MANIFEST)
    return {p.name: {"size": p.stat().st_size, "sha256": sha256_of(p)} for p in names}


def verify(model: Model) -> list[str]:
    """Hash every file of an installed model; a sentence for each that differs."""
    if isinstance(model.source, AdapterSource):
        file = adapter_dir(model) / ADAPTER_WEIGHTS
        changed = not file.exists() or sha256_of(file) != model.source.sha256
        return [
            *verify(model.source.base),
            *([f"{model.label}: {file.name} is missing or has changed"] if changed else []),
        ]
    manifest, folder = read_manifest(model), weights_dir(model)
    if manifest is None or folder is None:
        return [f"{model.label} is not installed, or a file is missing. Get it with: {install_command(model)}"]
    now = hashed(folder)
    return [
        f"{model.label}: {name} has changed since it was installed. Remove {install_dir(model)} and get it again."
        for name, file in manifest["files"].items()
        if now.get(name) != file
    ]
