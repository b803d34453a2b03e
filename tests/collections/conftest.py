"""A data folder to import into, and importing in one line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lib.collections.library import opened
from lib.collections.records import Collection, at, root
from lib.collections.staging import Choice, keep, stage
from lib.paths import Paths
from lib.store.collection import CollectionStore


@pytest.fixture
def place(tmp_path) -> Paths:
    return Paths(tmp_path / "data", tmp_path / "casestudies")


@pytest.fixture
def bring(place) -> Callable[..., tuple[Collection, CollectionStore]]:
    """Import files and keep them: the record and the database."""

    def brought(*files: Path, name: str = "c", choices: tuple[Choice, ...] = ()) -> tuple[Collection, CollectionStore]:
        staged = stage(place, [(f, f.name) for f in files], name, choices)
        collection = keep(place, staged)
        return collection, opened(place, collection)

    return brought


def nothing_kept(paths: Paths) -> bool:
    """Whether no collection and nothing staged is left."""
    return not [f for f in root(paths).glob("*") if f.is_dir()] and not at(paths, "c").data.exists()
