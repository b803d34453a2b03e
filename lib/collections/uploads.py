"""Files that come through the page: held beside the collections until they are read, or already lying in a folder."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from lib.collections.records import STAGED, root
from lib.files import DataProblem
from lib.formats.items import BadImport
from lib.paths import Paths

MOST_MEGABYTES = 200  # of a file that comes through the page; the command takes more


class Uploaded(Protocol):
    """What a browser sent."""

    name: str
    file_id: str
    size: int

    def getbuffer(self) -> memoryview: ...


class Given(NamedTuple):
    """A file to read, and what it is called."""

    path: Path
    name: str


def folder(paths: Paths) -> Path:
    """Where files can be laid to be picked on the page."""
    return paths.local / "imports"


def pickable(paths: Paths) -> list[str]:
    """The names of the files that lie there."""
    return sorted(f.name for f in folder(paths).glob("*") if f.is_file() and not f.name.startswith("."))


def picked(paths: Paths, names: Sequence[str]) -> list[Given]:
    """Raises BadImport for a name that isn't there, or a file too large for the page."""
    here = set(pickable(paths))
    out = []
    for name in names:
        if name not in here:
            raise BadImport(f"{name}: is no longer in {folder(paths).name}/")
        path = folder(paths) / name
        if path.stat().st_size > MOST_MEGABYTES * 2**20:
            raise BadImport(
                f"{name}: is larger than {MOST_MEGABYTES} MB. python -m lib import {name} --as NAME takes it"
            )
        out.append(Given(path, name))
    return out


def laid(paths: Paths, sent: Sequence[Uploaded]) -> list[Given]:
    """Uploaded files as files, under names of ours: those of the browser name them in messages alone."""
    key = hashlib.sha256("/".join(f.file_id for f in sent).encode()).hexdigest()[:16]
    place = root(paths) / f"{STAGED}files-{key}"
    out = [Given(place / f"{number:02d}", f.name) for number, f in enumerate(sent)]
    try:
        place.mkdir(parents=True, exist_ok=True)
        for given, file in zip(out, sent, strict=True):
            if not given.path.exists() or given.path.stat().st_size != file.size:
                given.path.write_bytes(file.getbuffer())
    except OSError as fault:
        shutil.rmtree(place, ignore_errors=True)
        raise DataProblem(f"what was sent can't be written here: {fault.strerror}") from fault
    return out


def forget(given: Sequence[Given]) -> None:
    """Remove uploaded files that were read."""
    for each in given:
        if each.path.parent.name.startswith(STAGED):
            shutil.rmtree(each.path.parent, ignore_errors=True)
