"""Clients whose worker has the tiny models."""

from collections.abc import Iterator

import pytest

from lib.models.install import install
from lib.models.registry import read_models
from lib.paths import Paths
from lib.worker.client import Client
from tests.makers import tiny_library_in_use


@pytest.fixture
def client(tiny_data) -> Iterator[Client]:
    yield from _with_models(tiny_data)


@pytest.fixture(scope="module")
def standing(tiny_folder, tmp_path_factory) -> Iterator[Client]:
    """One for the tests that leave its worker idle: to start a worker takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        yield from _with_models(tiny_library_in_use(tmp_path_factory.mktemp("standing"), tiny_folder, patch))


def _with_models(library: Paths) -> Iterator[Client]:
    for model in read_models(library.models):
        install(model, print)
    made = Client()
    yield made
    made.close()
