"""A set that is measured while the app goes on: a process of its own, its last line, and its stop."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from lib.domain import TrilemmaError
from lib.paths import ROOT

State = Literal["running", "done", "failed", "stopped"]
_NICE = 10


class Job:
    """`python -m lib preferences` on one file, which is removed when the job is over."""

    def __init__(self, name: str, file: Path, command: Sequence[str] | None = None):
        self.name = name
        self.lines: list[str] = []
        self._file, self._stopped = file, False
        asked = [sys.executable, "-m", "lib", "preferences", str(file), "--as", name, "--label", name, "--here"]
        self._process = subprocess.Popen(
            command or asked,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            preexec_fn=(lambda: os.nice(_NICE)) if hasattr(os, "nice") else None,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip())
        self._process.wait()
        self._file.unlink(missing_ok=True)

    @property
    def state(self) -> State:
        if self._reader.is_alive():
            return "running"
        return "stopped" if self._stopped else "failed" if self._process.returncode else "done"

    @property
    def said(self) -> str:
        """The last line that it printed."""
        return self.lines[-1] if self.lines else ""

    def stop(self) -> None:
        """End it and wait for the end; what it had measured is lost, and nothing is half-written."""
        self._stopped = True
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reader.join(10)


class Jobs:
    """The one job of this server at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.job: Job | None = None

    def start(self, name: str, file: Path) -> None:
        """Raises TrilemmaError where one is running."""
        with self._lock:
            if self.job and self.job.state == "running":
                file.unlink(missing_ok=True)
                raise TrilemmaError(f"{self.job.name} is being measured. Try again when it is done, or stop it.")
            self.job = Job(name, file)

    def dismiss(self) -> None:
        """Forget a job that is over."""
        with self._lock:
            if self.job and self.job.state != "running":
                self.job = None

    def close(self) -> None:
        if self.job and self.job.state == "running":
            self.job.stop()
