"""The app's side of the worker process: jobs wait in a queue, grow, can be stopped, and outlive a worker that dies."""

import logging
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import ValidationError

from lib.paths import ROOT
from lib.worker.job import Job, Step
from lib.worker.protocol import Cancel, Done, Event, Request, line, read_event

# Seconds without a look at a job (a closed tab) after which it is stopped; a hidden tab still looks once a minute.
FORGOTTEN_AFTER = 90.0
FORGOTTEN = "Stopped: the page that asked was closed."
_WORKER = (sys.executable, "-m", "lib.worker.server")
_LOG = logging.getLogger(__name__)


class Patience(NamedTuple):
    """Seconds after which a worker is ended and replaced."""

    stopped: float = 15.0  # since its job was stopped, which it has not confirmed
    silent: float = 300.0  # since it last told of a job; to bring a large model into memory takes minutes
    between_looks: float = 0.5


class Client:
    """Starts the worker when first needed, and again after it dies or hangs. Safe to share between threads."""

    def __init__(self, command: Sequence[str] = _WORKER, patience: Patience = Patience()) -> None:
        self._command, self._patience = command, patience
        self._lock = threading.RLock()
        self._process: subprocess.Popen | None = None
        self._waiting: list[Job] = []  # in the order of their turns; the first may be running

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def submit(self, *steps: Step) -> Job:
        """Queue operations, to be done one after the other; no other job comes between them."""
        job = Job(uuid.uuid4().hex, steps)
        with self._lock:
            self._waiting.append(job)
            self._start_next()
        return job

    def position(self, job: Job) -> int:
        """How many jobs come before this one."""
        with self._lock:
            return next((i for i, j in enumerate(self._waiting) if j.id == job.id), 0)

    def cancel(self, job: Job, message: str = "Stopped.") -> None:
        """Stop a job: at once for the visitor, within a token for the worker. Text made so far stays."""
        with self._lock:
            if job.over:
                return
            if job.state == "queued":
                self._waiting.remove(job)
            else:
                self._write(Request(job.id, Cancel()))
                job.heard_at = time.monotonic()
            job.stop(message)

    def look(self, job: Job) -> None:
        """Say that somebody still watches this job."""
        job.looked_at = time.monotonic()

    def close(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.wait()

    # ---- the worker ---------------------------------------------------------------------------

    def _start_next(self) -> None:
        """Hand the first waiting job to the worker: only one at a time, so that a worker's death costs one answer."""
        while self._waiting and self._waiting[0].state == "queued" and _forgotten(self._waiting[0]):
            self.cancel(self._waiting[0], FORGOTTEN)
        if self._waiting and self._waiting[0].state == "queued":
            job = self._waiting[0]
            job.state, job.started = "loading", time.monotonic()
            try:
                self._start_worker()
            except OSError as fault:
                self._waiting.remove(job)
                job.fail(f"The model process could not be started: {fault}")
                self._start_next()
            else:
                self._go_on(job)

    def _go_on(self, job: Job) -> None:
        """Send the job's next operation, or end it and start the next job."""
        operation = None if job.over else job.next_operation()
        if operation is not None:
            job.heard_at = time.monotonic()
            self._write(Request(job.id, operation))
            return
        self._waiting.remove(job)
        if not job.over:
            job.end()
        self._start_next()

    def _start_worker(self) -> None:
        if self.pid is not None:
            return
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            bufsize=1,
        )
        for work in (self._listen, self._watch):
            threading.Thread(target=work, args=(self._process,), daemon=True).start()

    def _write(self, request: Request) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(line(request))
            self._process.stdin.flush()
        except (BrokenPipeError, OSError):
            pass  # the listener sees the end of the worker's output and tells the visitor

    def _running(self) -> Job | None:
        """The job that the worker has, which may have been stopped already."""
        return self._waiting[0] if self._waiting and self._waiting[0].state != "queued" else None

    def _listen(self, process: subprocess.Popen) -> None:
        """Take the worker's events until it ends, then tell whoever waits for it."""
        assert process.stdout is not None
        for text in process.stdout:
            try:
                event = read_event(text)
                with self._lock:
                    if (job := self._running()) and job.id == event.id:
                        job.heard_at = time.monotonic()
                        self._take(job, event)
            except (ValidationError, LookupError, ValueError) as fault:  # no event, or one that fits no such job
                _LOG.warning("The model process said something that is no event: %.200r (%s)", text, type(fault))
        code = process.wait()
        with self._lock:
            if self._process is process and (job := self._running()):
                self._waiting.remove(job)
                if not job.over:
                    job.fail(
                        f"The model process ended unexpectedly (exit code {code}). What it had written is kept below."
                        " It starts again with the next prompt."
                    )
                self._start_next()

    def _watch(self, process: subprocess.Popen) -> None:
        """Stop the job of a closed page, and end a worker that has hung."""
        while process.poll() is None:
            time.sleep(self._patience.between_looks)
            with self._lock:
                if self._process is not process or (job := self._running()) is None:
                    continue
                if _forgotten(job):
                    self.cancel(job, FORGOTTEN)
                silence = time.monotonic() - job.heard_at
                if silence > (self._patience.stopped if job.over else self._patience.silent):
                    if not job.over:
                        job.fail(
                            f"The model process gave no sign for {silence:.0f} seconds and was ended. What it had"
                            " written is kept below. It starts again with the next prompt."
                        )
                    process.kill()  # the listener sees its end and starts the next job
                    return

    def _take(self, job: Job, event: Event) -> None:
        if isinstance(event.told, Done):
            self._go_on(job)
        elif not job.over:
            job.take(event.told)


def _forgotten(job: Job) -> bool:
    return time.monotonic() - job.looked_at > FORGOTTEN_AFTER
