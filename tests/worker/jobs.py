"""Jobs for a client's worker, and waiting for what comes of them."""

import time
from collections.abc import Callable

from lib.domain import Message, Settings
from lib.worker.client import Client
from lib.worker.job import Job
from lib.worker.protocol import Generation

SHORT = Settings(max_tokens=6)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 300  # a hang, not a slow machine
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.01)


def ask(client: Client, models=("tiny-chat",), settings=SHORT, samples=2, text="Hello") -> Job:
    return client.submit(generation(models, settings, samples, text))


def generation(models=("tiny-chat",), settings=SHORT, samples=2, text="Hello") -> Generation:
    return Generation(models, (Message("user", text),), "live/x", samples, settings)
