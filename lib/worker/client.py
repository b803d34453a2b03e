"""The app's side of the worker process: jobs wait in a queue, grow, can be stopped, and outlive a worker that dies."""

import subprocess
import sys
import threading
import time
import uuid

from lib.paths import ROOT
from lib.worker.job import Job, Step
from lib.worker.protocol import Cancel, Done, Event, Request, line, read_event

# Seconds without a look at a job (a closed tab) after which it is stopped; a hidden tab still looks once a minute.
FORGOTTEN_AFTER = 90.0
FORGOTTEN = "Stopped: the page that asked was closed."


class Client:
    """Starts the worker when first needed and again after it dies. Safe to share between threads."""

    def __init__(self) -> None:
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
            self._start_worker()
            self._go_on(job)

    def _go_on(self, job: Job) -> None:
        """Send the job's next operation, or end it and start the next job."""
        operation = None if job.over else job.next_operation()
        if operation is not None:
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
            [sys.executable, "-m", "lib.worker.server"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            bufsize=1,
        )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def _write(self, request: Request) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(line(request))
            self._process.stdin.flush()
        except (BrokenPipeError, OSError):
            pass  # the listener sees the end of the worker's output and tells the visitor

    def _listen(self, process: subprocess.Popen) -> None:
        assert process.stdout is not None
        for text in process.stdout:
            event = read_event(text)
            with self._lock:
                if self._waiting and self._waiting[0].id == event.id:
                    self._take(self._waiting[0], event)
        code = process.wait()
        with self._lock:
            if self._process is process and self._waiting and self._waiting[0].state != "queued":
                job = self._waiting.pop(0)
                if not job.over:
                    job.state = "failed"
                    job.message = (
                        f"The model process ended unexpectedly (exit code {code}). What it had written is kept below."
                        " It starts again with the next prompt."
                    )
                self._start_next()

    def _take(self, job: Job, event: Event) -> None:
        if isinstance(event.told, Done):
            self._go_on(job)
        elif not job.over:
            job.take(event.told)
            if _forgotten(job):
                self.cancel(job, FORGOTTEN)


def _forgotten(job: Job) -> bool:
    return time.monotonic() - job.looked_at > FORGOTTEN_AFTER
