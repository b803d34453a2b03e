"""Small files as other tools write them, made up here, each with the traps of its format."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.formats.foreign_logs import LOGS
from tests.formats.foreign_sets import SETS


class Foreign(NamedTuple):
    """A file: its name, its bytes, what it is recognised as, and how many answers and preferences stand in it."""

    name: str
    data: bytes
    format: str
    answers: int
    preferences: int = 0


FOREIGN: Mapping[str, Callable[[], Foreign]] = {
    name: (lambda name=name, make=make: Foreign(name, *make())) for name, make in {**LOGS, **SETS}.items()
}
