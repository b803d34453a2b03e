"""What a model made of texts, each read once, also across runs: reading takes hours and fitting seconds."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar
from zipfile import BadZipFile

import numpy as np

from lib.files import write_whole

Thing = TypeVar("Thing")


class Memory(Generic[Thing]):
    """Vectors by key. `read`: things -> vectors, shape (things, width); `file`: a cache on disk, or none.

    What is read is kept on disk after each part of `at_once` things, so that a stopped job goes on there.
    """

    def __init__(
        self,
        read: Callable[[Sequence[Thing]], np.ndarray],
        key: Callable[[Thing], str],
        file: Path | None = None,
        at_once: int = 400,
    ):
        self._read, self._key, self._file, self._at_once = read, key, file, at_once
        self._known: dict[str, np.ndarray] = {}
        if file is not None and file.exists():
            with suppress(ValueError, OSError, KeyError, EOFError, BadZipFile), np.load(file) as held:
                self._known = dict(zip(held["keys"].tolist(), held["vectors"], strict=True))  # cut short: read again

    def of(self, things: Sequence[Thing]) -> np.ndarray:
        """Shape (things, width)."""
        keys = [self._key(thing) for thing in things]
        unread = {key: thing for key, thing in zip(keys, things, strict=True) if key not in self._known}
        todo = list(unread.items())
        for k in range(0, len(todo), self._at_once):
            part = todo[k : k + self._at_once]
            self._known |= zip((key for key, _ in part), self._read([thing for _, thing in part]), strict=True)
            if self._file is not None:
                write_whole(self._file, self._save)
        return np.stack([self._known[key] for key in keys])

    def _save(self, path: Path) -> None:
        with path.open("wb") as file:  # to a bare path numpy adds .npz
            np.savez(file, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
