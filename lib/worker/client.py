"""The app's side of the worker process: jobs wait in a queue, grow, can be stopped, and outlive a worker that dies."""

import logging
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from pydantic import ValidationError

from lib.paths import ROOT
from lib.worker.crew import crews
from lib.worker.job import Job, Step
from lib.worker.pace import Pace
from lib.worker.protocol import Cancel, Crew, Done, Event, Generation, Operation, Request, line, read_event

CLOSED_AFTER = 4.0  # seconds without its tab after which a job is stopped; a lost connection comes back sooner
# Seconds without a look at a job (another page of the same tab) after which it is stopped; a hidden tab still looks
# once a minute.
FORGOTTEN_AFTER = 90.0
FORGOTTEN = "Stopped: the page that asked was closed."
WORKER = (sys.executable, "-m", "lib.worker.server")
_LOG = logging.getLogger(__name__)


class Patience(NamedTuple):
    """Seconds after which a worker is ended and replaced."""

    stopped: float = 15.0  # since its job was stopped, which it has not confirmed
    silent: float = 300.0  # since it last told of a job; to bring a large model into memory takes minutes
    between_looks: float = 0.5


class Client:
    """Starts the worker when first needed, and again after it dies or hangs. Safe to share between threads."""

    def __init__(
        self, command: Sequence[str] = WORKER, patience: Patience = Patience(), pace: Pace | None = None
    ) -> None:
        self._command, self._patience, self._pace = command, patience, pace or Pace()
        self._lock = threading.RLock()
        self._process: subprocess.Popen | None = None
        self._waiting: list[Job] = []  # in the order in which they came, the running crew among them

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def submit(self, *steps: Step, tab_open: Callable[[], bool] = lambda: True) -> Job:
        """Queue operations, to be done one after the other.

        A first prompt that goes with others which wait (lib/worker/crew.py) is written in one batch with them; what
        comes after the writing is done one job after the other, and no job of another crew comes between.
        `tab_open`: whether the page that asks is still open; asked again and again, from other threads.
        """
        job = Job(uuid.uuid4().hex, steps, tab_open=tab_open)
        with self._lock:
            self._waiting.append(job)
            self._go_on()
        return job

    def position(self, job: Job) -> int:
        """How many jobs come before this one; of one that is written, how many are scored before it.

        Those that are written together with it do not.
        """
        with self._lock:
            if job.state == "queued":
                return sum(map(len, self._before(job)))
            return self._crew_of(job).index(job) if job.written else 0

    def seconds_before(self, job: Job) -> float | None:
        """How long a job waits for its turn at most; None where that is not measured on this installation."""
        with self._lock:
            left = [self._pace.seconds_left(crew[-1], crew) for crew in self._before(job)]
        return None if None in left else sum(s for s in left if s is not None)

    def seconds_left(self, job: Job) -> float | None:
        """How long a job takes at most once it has its turn; None where that is not measured on this installation."""
        with self._lock:
            return self._pace.seconds_left(job, self._crew_of(job))

    def _crews(self) -> list[list[Job]]:
        """The jobs that are not over, in the order of their turns: the crew that runs, and those that will."""
        running = [j for j in self._running() if not j.over]
        return [*([running] if running else []), *crews(self._queued())]

    def _before(self, job: Job) -> list[list[Job]]:
        """The crews that come before a job's own."""
        return list(takewhile(lambda crew: job not in crew, self._crews()))

    def _crew_of(self, job: Job) -> list[Job]:
        return next((crew for crew in self._crews() if job in crew), [job])

    def cancel(self, job: Job, message: str = "Stopped.") -> None:
        """Stop a job: at once for the visitor, within a token for the worker. Text made so far stays."""
        with self._lock:
            if job.over:
                return
            job.stop(message)
            if job.at_work:
                self._write(Request(job.id, Cancel()))
                job.heard_at = time.monotonic()
            else:
                self._waiting.remove(job)

    def look(self, job: Job) -> None:
        """Say that somebody still watches this job."""
        job.looked_at = time.monotonic()

    def close(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.wait()

    # ---- the worker ---------------------------------------------------------------------------

    def _running(self) -> list[Job]:
        """The crew whose turn it is, without those of it that are done with."""
        return [j for j in self._waiting if j.state != "queued"]

    def _queued(self) -> list[Job]:
        return [j for j in self._waiting if j.state == "queued"]

    def _at_work(self) -> list[Job]:
        """The jobs of which the worker has an operation; some may have been stopped already."""
        return [j for j in self._waiting if j.at_work]

    def _go_on(self) -> None:
        """Where the worker is free, hand it what comes next: an operation, or the prompts of one crew.

        Only one at a time, so that a worker's death costs no more.
        """
        for forgotten in [j for j in self._queued() if _forgotten(j)]:
            self.cancel(forgotten, FORGOTTEN)
        while self._waiting and not self._at_work():
            crew = self._running()[:1] or self._begun(crews(self._queued())[0])
            operations = {j.id: operation for j in crew if (operation := j.next_operation())}
            if operations:
                self._send(crew, operations)
            else:
                self._end(crew[0])

    def _begun(self, crew: list[Job]) -> list[Job]:
        """A crew whose turn has come."""
        for job in crew:
            job.state, job.started = "loading", time.monotonic()
            if job.parts:
                job.beside, job.rows = len(crew) - 1, sum(j.generation.samples for j in crew)
        return crew

    def _send(self, crew: Sequence[Job], operations: Mapping[str, Operation]) -> None:
        try:
            self._start_worker()
        except OSError as fault:
            for job in crew:
                job.fail(f"The model process could not be started: {fault}")
                self._waiting.remove(job)
            return
        for job in crew:
            job.at_work, job.heard_at = True, time.monotonic()
        first, *others = operations
        prompts = {i: operation for i, operation in operations.items() if isinstance(operation, Generation)}
        self._write(Request(first, Crew(prompts) if others else operations[first]))

    def _end(self, job: Job) -> None:
        self._waiting.remove(job)
        if not job.over:
            job.end()
            self._pace.learn(job)

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

    def _listen(self, process: subprocess.Popen) -> None:
        """Take the worker's events until it ends, then tell whoever waits for it."""
        assert process.stdout is not None
        for text in process.stdout:
            try:
                event = read_event(text)
                with self._lock:
                    if job := next((j for j in self._at_work() if j.id == event.id), None):
                        job.heard_at = time.monotonic()
                        self._take(job, event)
            except (ValidationError, LookupError, ValueError) as fault:  # no event, or one that fits no such job
                _LOG.warning("The model process said something that is no event: %.200r (%s)", text, type(fault))
        code = process.wait()
        with self._lock:
            if self._process is process:
                for job in self._at_work():
                    job.at_work = False
                    if not job.over:
                        job.fail(
                            f"The model process ended unexpectedly (exit code {code}). What it had written is kept"
                            " below. It starts again with the next prompt."
                        )
                    self._end(job)
                self._go_on()

    def _watch(self, process: subprocess.Popen) -> None:
        """Stop the jobs of closed pages, and end a worker that has hung."""
        while process.poll() is None:
            time.sleep(self._patience.between_looks)
            with self._lock:
                for forgotten in [j for j in self._waiting if not j.over and _forgotten(j)]:
                    self.cancel(forgotten, FORGOTTEN)
                if self._process is not process or not (crew := self._at_work()):
                    continue
                silence = time.monotonic() - max(j.heard_at for j in crew)
                left = [j for j in crew if not j.over]
                if silence > (self._patience.silent if left else self._patience.stopped):
                    for job in left:
                        job.fail(
                            f"The model process gave no sign for {silence:.0f} seconds and was ended. What it had"
                            " written is kept below. It starts again with the next prompt."
                        )
                    process.kill()  # the listener sees its end and starts the next job
                    return

    def _take(self, job: Job, event: Event) -> None:
        if isinstance(event.told, Done):
            job.at_work = False
            if job.complete:
                self._end(job)
            self._go_on()
        elif not job.over:
            job.take(event.told)


def _forgotten(job: Job) -> bool:
    now = time.monotonic()
    if job.tab_open():
        job.seen_open = now
    return now - job.seen_open > CLOSED_AFTER or now - job.looked_at > FORGOTTEN_AFTER
