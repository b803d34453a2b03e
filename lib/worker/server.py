"""The one process that holds models: requests come in as JSON lines, pieces of text go out as JSON lines.

Requests: `{"op": "generate", "id", "models", "messages", "prompt_id", "samples", "settings", "template", "references", "mix", "exchanges"}` and `{"op": "cancel", "id"}`.
Events, each with the request's `id`: `loading`, `rendered`, `piece`, `failed` (one model), `likelihoods` (of the replies of the exchanges, under the first model),
`read` (the readings of one model's answers), `references` (the vectors of the references), `done` (the whole request).
"""

import json
import os
import queue
import sys
import threading
import traceback
from collections import OrderedDict
from collections.abc import Iterable
from itertools import groupby
from typing import Any, TextIO

from lib.domain import (
    AdapterSource,
    Continuation,
    Exchange,
    GenerateRow,
    LogLik,
    Message,
    Model,
    Settings,
    TrilemmaError,
)
from lib.inference.seeds import sample_seed
from lib.models.registry import read_models
from lib.models.weights import weights_dir
from lib.paths import paths
from lib.scoring.inputs import READER

MAX_RESIDENT = 3


class Worker:
    """Serves one request at a time; the models of one request run side by side."""

    def __init__(self, events: TextIO):
        self._events = events
        self._lock = threading.Lock()
        self._families: OrderedDict[str, dict[str, Any]] = (
            OrderedDict()
        )  # by the id of the model whose weights they share: engines by model id
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
                engines.append(self._engine(request_id, models[model_id], models.values()))
            except TrilemmaError as fault:
                self._send(request_id, "failed", model=model_id, message=str(fault))
            except Exception as fault:  # noqa: BLE001 (as in _run)
                traceback.print_exc()
                self._send(
                    request_id,
                    "failed",
                    model=model_id,
                    message=f"Could not load {model_id}: {type(fault).__name__}: {fault}",
                )
        # An adapter that came later has changed the layers of a base that was there before: every model as it is resident now.
        engines = [
            self._families.get(_root(e.model).id, {}).get(e.model.id, e).with_template(request["template"])
            for e in engines
        ]
        if request["mix"]:
            engines = self._mixed(request, engines)
        with self._lock:
            self._active[request_id] = engines
            for engine in engines:
                engine.cancelled.clear()
                if request_id in self._cancelled:
                    engine.cancelled.set()
        texts: dict[str, list[str]] = {}
        groups: dict[int, list[Any]] = {}  # models with the same weights answer within one batch
        for engine in engines:
            groups.setdefault(id(engine.network), []).append(engine)
        threads = [
            threading.Thread(target=self._run, args=(request, group, len(groups), texts)) for group in groups.values()
        ]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        if request["exchanges"] and engines:
            self._weigh(request, engines[0])
        with self._lock:
            self._active.pop(request_id, None)
            stopped = request_id in self._cancelled
            self._cancelled.discard(request_id)
        if not stopped and not request["mix"]:  # a mix's answer is not scored
            self._read(request, models.get(READER), texts)
        self._send(request_id, "done")

    def _engine(self, request_id: str, model: Model, models: Iterable[Model]) -> Any:
        """The model's engine; an adapter's comes with those of its base and of every other adapter on the same weights."""
        from lib.inference.loading import load, load_family

        root = _root(model)
        family = self._families.get(root.id, {})
        if model.id not in family:
            self._send(request_id, "loading", model=model.id)
            while len(self._families) >= MAX_RESIDENT and root.id not in self._families:
                self._families.popitem(last=False)
            base = family.get(root.id) or load(root)
            if model is root:
                family = {root.id: base}
            else:
                family = load_family(
                    base,
                    [
                        m
                        for m in models
                        if isinstance(m.source, AdapterSource) and m.source.base.id == root.id and weights_dir(m)
                    ],
                )
            if model.id not in family:
                raise TrilemmaError(f"{model.label} is not on this machine: its adapter is missing.")
            self._families[root.id] = family
        self._families.move_to_end(root.id)
        return family[model.id]

    def _mixed(self, request: dict, engines: list[Any]) -> list[Any]:
        """In place of the mix's start its mix; nothing where it cannot be had, which the app is told."""
        from lib.inference.loading import mixed

        try:
            return [mixed(self._families[_root(e.model).id], e.model.id, request["mix"]["weights"]) for e in engines]
        except Exception as fault:  # noqa: BLE001 (as in _run)
            traceback.print_exc()
            for engine in engines:
                self._send(
                    request["id"],
                    "failed",
                    model=engine.model.id,
                    message=f"The mix cannot be made: {type(fault).__name__}: {fault}",
                )
            return []

    def _weigh(self, request: dict, engine: Any) -> None:
        """Log-likelihoods of the replies, one after the other context; stops between two contexts."""
        import torch

        torch.set_num_threads(os.cpu_count() or 1)
        values: list[LogLik] = []
        try:
            for messages, group in groupby(request["exchanges"], key=lambda e: e["messages"]):
                if engine.cancelled.is_set():
                    return
                context = engine.render([Message(**m) for m in messages])
                values += engine.loglik([Continuation(context, e["text"]) for e in group])
            self._send(request["id"], "likelihoods", values=values)
        except Exception as fault:  # noqa: BLE001 (as in _run)
            traceback.print_exc()
            self._send(request["id"], "failed", model=engine.model.id, message=f"{type(fault).__name__}: {fault}")

    def _read(self, request: dict, reader: Model | None, texts: dict[str, list[str]]) -> None:
        """What the scorers need of the answers, where the reading model is here; the answers do without where it fails."""
        if reader is None or weights_dir(reader) is None or not any(texts.values()):
            return
        import torch

        from lib.scoring.reader import Reader

        torch.set_num_threads(os.cpu_count() or 1)
        messages = tuple(Message(**m) for m in request["messages"])
        try:
            reads = Reader(self._engine(request["id"], reader, ()))
            if request["references"]:
                vectors = reads.vectors([Exchange(messages, text) for text in request["references"]])
                self._send(request["id"], "references", vectors=vectors.tolist())
            for model_id, answers in texts.items():
                self._send(
                    request["id"],
                    "read",
                    model=model_id,
                    readings=reads.read([Exchange(messages, text) for text in answers]),
                )
        except Exception:  # noqa: BLE001 (a library's failure costs the scores, not the answers)
            traceback.print_exc()

    def _run(self, request: dict, engines: list[Any], at_once: int, texts: dict[str, list[str]]) -> None:
        """All samples of models that share their weights, in one batch."""
        import torch

        request_id, samples = request["id"], request["samples"]
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // at_once))
        settings = Settings(**request["settings"])
        ready: list[Any] = []
        rows: list[GenerateRow] = []
        try:
            for engine in engines:
                rendered = self._rendered(request, engine, settings)
                if rendered is not None:
                    ready.append(engine)
                    rows += [
                        GenerateRow(rendered, sample_seed(settings.seed, request["prompt_id"], k), engine.shares)
                        for k in range(samples)
                    ]
                    texts[engine.model.id] = [""] * samples
            for piece in ready[0].generate(rows, settings) if ready else ():
                model_id, row = ready[piece.row // samples].model.id, piece.row % samples
                texts[model_id][row] += piece.text
                self._send(
                    request_id,
                    "piece",
                    model=model_id,
                    row=row,
                    text=piece.text,
                    finish=piece.finish,
                    tokens=piece.tokens,
                )
        except Exception as fault:  # noqa: BLE001 (a library's failure must reach the visitor, and the worker lives on)
            traceback.print_exc()
            for engine in ready or engines:  # the others were told already why they cannot answer
                self._send(request_id, "failed", model=engine.model.id, message=f"{type(fault).__name__}: {fault}")

    def _rendered(self, request: dict, engine: Any, settings: Settings) -> str | None:
        """The text put to a model, told to the app; None where it does not fit, which the app is told as well."""
        try:
            rendered = engine.render([Message(**m) for m in request["messages"]])
            told = {
                "model": engine.model.id,
                "rendered": rendered,
                "template": engine.template.name,
                "dtype": engine.dtype,
            }
            self._send(request["id"], "rendered", prompt_tokens=engine.check_length(rendered, settings), **told)
        except TrilemmaError as fault:
            self._send(request["id"], "failed", model=engine.model.id, message=str(fault))
            return None
        return rendered


def _root(model: Model) -> Model:
    """The model whose weights this one shares."""
    return model.source.base if isinstance(model.source, AdapterSource) else model


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
