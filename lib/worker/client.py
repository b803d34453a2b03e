"""The app's side of the worker process: jobs that wait in a queue, grow as text arrives, can be stopped, and outlive a worker that dies."""

import json
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from lib.domain import Exchange, Finish, LogLik, Message, Mix, Reading, Settings, TemplateName
from lib.paths import ROOT

JobState = Literal["queued", "loading", "running", "done", "cancelled", "failed"]
FORGOTTEN_AFTER = 90.0  # seconds without a look at a job (a closed tab) after which it is stopped; a hidden tab still looks once a minute


FORGOTTEN = "Stopped: the page that asked was closed."


@dataclass
class Answer:
    """One sample of one model, growing."""

    text: str = ""
    finish: Finish | None = None
    tokens: int = 0
    reading: Reading | None = None


@dataclass
class ModelPart:
    """What one model has done for a job."""

    answers: list[Answer]
    rendered: str = ""
    template: TemplateName | None = None
    dtype: str = ""
    prompt_tokens: int = 0
    error: str | None = None
    began: float = 0.0  # monotonic seconds at which the prompt was rendered, the first token and the latest token came
    first_token: float | None = None
    latest_token: float = 0.0

    @property
    def seconds_to_first_token(self) -> float | None:
        return None if self.first_token is None else self.first_token - self.began

    @property
    def tokens_per_second(self) -> float | None:
        """Over all samples together, from the rendered prompt to the latest token."""
        elapsed = self.latest_token - self.began
        return sum(a.tokens for a in self.answers) / elapsed if self.first_token is not None and elapsed > 0 else None


@dataclass
class Job:
    """One prompt put to one or more models. Only the client writes to it; a page may read it at any time."""

    id: str
    prompt_id: str
    messages: tuple[Message, ...]
    models: tuple[str, ...]
    samples: int
    settings: Settings
    template: TemplateName | None
    references: tuple[str, ...] = ()  # the reference replies to the same prompt
    reference_vectors: tuple[tuple[float, ...], ...] = ()
    mix: Mix | None = None  # weights at which the one model's family answers in its place
    exchanges: tuple[Exchange, ...] = ()  # whose replies the first model is to weigh
    logliks: tuple[LogLik, ...] = ()  # of these replies
    state: JobState = "queued"
    message: str = ""
    parts: dict[str, ModelPart] = field(default_factory=dict)
    started: float = 0.0
    looked_at: float = field(default_factory=time.monotonic)

    @property
    def over(self) -> bool:
        return self.state in ("done", "cancelled", "failed")

    def request(self) -> dict[str, Any]:
        return {
            "op": "generate",
            "id": self.id,
            "models": self.models,
            "messages": [asdict(m) for m in self.messages],
            "prompt_id": self.prompt_id,
            "samples": self.samples,
            "settings": asdict(self.settings),
            "template": self.template,
            "references": self.references,
            "mix": self.mix and self.mix._asdict(),
            "exchanges": [{"messages": [asdict(m) for m in e.messages], "text": e.text} for e in self.exchanges],
        }


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

    def submit(
        self,
        models: Sequence[str],
        messages: Sequence[Message],
        prompt_id: str,
        samples: int,
        settings: Settings,
        template: TemplateName | None = None,
        references: Sequence[str] = (),
        mix: Mix | None = None,
        exchanges: Sequence[Exchange] = (),
    ) -> Job:
        """Put a prompt to models. `mix`: to one model, the mix's start, at these weights; `exchanges`: whose replies it weighs as well."""
        job = Job(
            uuid.uuid4().hex,
            prompt_id,
            tuple(messages),
            tuple(models),
            samples,
            settings,
            template,
            tuple(references),
            mix=mix,
            exchanges=tuple(exchanges),
        )
        job.parts = {m: ModelPart([Answer() for _ in range(samples)]) for m in models}
        with self._lock:
            self._waiting.append(job)
            self._send_next()
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
            if job.state != "queued":
                self._write({"op": "cancel", "id": job.id})
            else:
                self._waiting.remove(job)
            job.state, job.message = "cancelled", message
            for part in job.parts.values():
                for answer in part.answers:
                    answer.finish = answer.finish or "cancelled"

    def look(self, job: Job) -> None:
        """Say that somebody still watches this job."""
        job.looked_at = time.monotonic()

    def close(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.wait()

    # ---- the worker ---------------------------------------------------------------------------

    def _send_next(self) -> None:
        """Hand the first waiting job to the worker: only one at a time, so that a worker's death costs one answer."""
        while self._waiting and self._waiting[0].state == "queued" and _forgotten(self._waiting[0]):
            self.cancel(self._waiting[0], FORGOTTEN)
        if self._waiting and self._waiting[0].state == "queued":
            job = self._waiting[0]
            job.state, job.started = "loading", time.monotonic()
            self._start()
            self._write(job.request())

    def _start(self) -> None:
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
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def _write(self, request: dict[str, Any]) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except (BrokenPipeError, OSError):
            pass  # the reader sees the end of the worker's output and tells the visitor

    def _read(self, process: subprocess.Popen) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            with self._lock:
                job = self._waiting[0] if self._waiting and self._waiting[0].id == event["id"] else None
                if job is not None:
                    self._take(job, event)
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
                self._send_next()

    def _take(self, job: Job, event: dict[str, Any]) -> None:
        if event["event"] == "done":
            self._waiting.pop(0)
            if not job.over:
                failed = [p.error for p in job.parts.values() if p.error]
                job.state = "failed" if len(failed) == len(job.parts) else "done"
                job.message = " ".join(dict.fromkeys(failed))
            self._send_next()
            return
        if job.over:
            return
        if event["event"] == "references":
            job.reference_vectors = tuple(map(tuple, event["vectors"]))
            return
        if event["event"] == "likelihoods":
            job.logliks = tuple(LogLik(*value) for value in event["values"])
            return
        part = job.parts.get(event["model"])
        if part is None:  # the reading model is being loaded, and was not asked itself
            return
        match event["event"]:
            case "rendered":
                job.state = "running"
                part.rendered, part.template, part.dtype, part.prompt_tokens = (
                    event[k] for k in ("rendered", "template", "dtype", "prompt_tokens")
                )
                part.began = time.monotonic()
            case "piece":
                self._grow(part, event)
            case "read":
                for answer, (vector, tone) in zip(part.answers, event["readings"], strict=True):
                    answer.reading = Reading(tuple(vector), tone)
            case "failed":
                part.error = event["message"]
        if _forgotten(job):
            self.cancel(job, FORGOTTEN)

    def _grow(self, part: ModelPart, event: dict[str, Any]) -> None:
        answer = part.answers[event["row"]]
        answer.text += event["text"]
        answer.finish = event["finish"]
        answer.tokens = event["tokens"]
        part.latest_token = time.monotonic()
        part.first_token = part.first_token or part.latest_token


def _forgotten(job: Job) -> bool:
    return time.monotonic() - job.looked_at > FORGOTTEN_AFTER
