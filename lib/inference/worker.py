"""The one process that holds models: requests come in as JSON lines, pieces of text go out as JSON lines.

Requests: `{"op": "generate", "id", "models", "messages", "prompt_id", "samples", "settings", "template", "references"}` and `{"op": "cancel", "id"}`.
Events, each with the request's `id`: `loading`, `rendered`, `piece`, `failed` (one model), `read` (the readings of one model's answers),
`references` (the vectors of the references), `done` (the whole request).
"""

import json
import os
import queue
import sys
import threading
import traceback
from collections import OrderedDict
from typing import Any, TextIO

from lib.domain import READER, Exchange, GenerateRow, Message, Model, Settings, TrilemmaError
from lib.inference.seeds import sample_seed
from lib.paths import paths
from lib.registry import read_models, weights_dir

MAX_RESIDENT = 3


class Worker:
    """Serves one request at a time; the models of one request run side by side."""

    def __init__(self, events: TextIO):
        self._events = events
        self._lock = threading.Lock()
        self._engines: OrderedDict[tuple[str, str | None], Any] = OrderedDict()
        self._requests: queue.SimpleQueue[dict | None] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        self._active: dict[str, list[Any]] = {}

    def listen(self, lines: TextIO) -> None:
        """Read requests until the app closes the pipe. A cancel overtakes the queue."""
        for line in lines:
            request = json.loads(line)
            if request["op"] == "cancel":
                with self._lock:
                    self._cancelled.add(request["id"])
                    for engine in self._active.get(request["id"], []):
                        engine.cancelled.set()
            else:
                self._requests.put(request)
        os._exit(0)  # the app is gone: a generation under way has no reader

    def serve(self) -> None:
        while True:
            request = self._requests.get()
            if request is not None:
                self._answer(request)

    def _send(self, request_id: str, event: str, **fields: Any) -> None:
        with self._lock:
            self._events.write(json.dumps({"id": request_id, "event": event, **fields}) + "\n")
            self._events.flush()

    def _answer(self, request: dict) -> None:
        request_id = request["id"]
        models = {m.id: m for m in read_models(paths().models)}
        engines = []
        for model_id in request["models"]:
            if request_id in self._cancelled:
                break
            try:
                engines.append(self._engine(request_id, models[model_id], request["template"]))
            except TrilemmaError as fault:
                self._send(request_id, "failed", model=model_id, message=str(fault))
            except Exception as fault:  # noqa: BLE001 (as in _run)
                traceback.print_exc()
                self._send(request_id, "failed", model=model_id, message=f"Could not load {model_id}: {type(fault).__name__}: {fault}")
        with self._lock:
            self._active[request_id] = engines
            for engine in engines:
                engine.cancelled.clear()
                if request_id in self._cancelled:
                    engine.cancelled.set()
        texts: dict[str, list[str]] = {}
        threads = [threading.Thread(target=self._run, args=(request, e, len(engines), texts)) for e in engines]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        with self._lock:
            self._active.pop(request_id, None)
            stopped = request_id in self._cancelled
            self._cancelled.discard(request_id)
        if not stopped:
            self._read(request, models.get(READER), texts)
        self._send(request_id, "done")

    def _engine(self, request_id: str, model: Model, template: Any) -> Any:
        from lib.inference.engine import load

        key = (model.id, template)
        if key not in self._engines:
            self._send(request_id, "loading", model=model.id)
            while len(self._engines) >= MAX_RESIDENT:
                self._engines.popitem(last=False)
            twin = next((e for (mid, _), e in self._engines.items() if mid == model.id), None)
            self._engines[key] = twin.with_template(template) if twin else load(model, template)
        self._engines.move_to_end(key)
        return self._engines[key]

    def _read(self, request: dict, reader: Model | None, texts: dict[str, list[str]]) -> None:
        """What the scorers need of the answers, where the reading model is here; the answers do without where it fails."""
        if reader is None or weights_dir(reader) is None or not any(texts.values()):
            return
        import torch

        from lib.inference.reader import Reader

        torch.set_num_threads(os.cpu_count() or 1)
        messages = tuple(Message(**m) for m in request["messages"])
        try:
            reads = Reader(self._engine(request["id"], reader, None))
            if request["references"]:
                vectors = reads.vectors([Exchange(messages, text) for text in request["references"]])
                self._send(request["id"], "references", vectors=vectors.tolist())
            for model_id, answers in texts.items():
                self._send(request["id"], "read", model=model_id, readings=reads.read([Exchange(messages, text) for text in answers]))
        except Exception:  # noqa: BLE001 (a library's failure costs the scores, not the answers)
            traceback.print_exc()

    def _run(self, request: dict, engine: Any, at_once: int, texts: dict[str, list[str]]) -> None:
        import torch

        request_id, model_id = request["id"], engine.model.id
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // at_once))
        try:
            settings = Settings(**request["settings"])
            rendered = engine.render([Message(**m) for m in request["messages"]])
            prompt_tokens = engine.check_length(rendered, settings)
            self._send(
                request_id, "rendered", model=model_id, rendered=rendered, prompt_tokens=prompt_tokens, template=engine.template.name, dtype=engine.dtype
            )
            rows = [GenerateRow(rendered, sample_seed(settings.seed, request["prompt_id"], k)) for k in range(request["samples"])]
            texts[model_id] = [""] * len(rows)
            for piece in engine.generate(rows, settings):
                texts[model_id][piece.row] += piece.text
                self._send(request_id, "piece", model=model_id, row=piece.row, text=piece.text, finish=piece.finish, tokens=piece.tokens)
        except TrilemmaError as fault:
            self._send(request_id, "failed", model=model_id, message=str(fault))
        except Exception as fault:  # noqa: BLE001 (a library's failure must reach the visitor, and the worker lives on)
            traceback.print_exc()
            self._send(request_id, "failed", model=model_id, message=f"{type(fault).__name__}: {fault}")


def main() -> None:
    # Libraries print to standard output; the events need a stream of their own.
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if hasattr(os, "nice"):
        os.nice(10)
    worker = Worker(events)
    threading.Thread(target=worker.listen, args=(sys.stdin,), daemon=True).start()
    worker.serve()


if __name__ == "__main__":
    main()
