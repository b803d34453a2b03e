"""A client whose worker has the tiny models."""

from collections.abc import Iterator

import pytest

from lib.models.install import install
from lib.models.registry import read_models
from lib.worker.client import Client


@pytest.fixture
def client(tiny_data) -> Iterator[Client]:
    for model in read_models(tiny_data.models):
        install(model, print)
    made = Client()
    yield made
    made.close()
