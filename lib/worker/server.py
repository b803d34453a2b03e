"""The one process that holds models: requests come in and events go out, as lib/worker/protocol.py says."""

import os
import queue
import sys
import threading
from functools import partial
from typing import TextIO

from lib.worker.operations import Asked, generate, perform
from lib.worker.protocol import Cancel, Crew, Done, Event, Request, Told, line, read_request
from lib.worker.resident import Call, Resident

NICE = 10  # how far the models stand back; a process that stands back already is not put back further


class Worker:
    """Serves one request at a time."""

    def __init__(self, events: TextIO):
        self._events = events
        self._lock = threading.Lock()
        self._resident = Resident()
        self._requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._cancelled: set[str] = set()  # ids of requests that wait or run
        self._running: dict[str, threading.Event] = {}  # by id: what stops it, of a crew each alone
        self._whole = threading.Event()  # set once all that runs is to stop

    def listen(self, lines: TextIO) -> None:
        """Take requests until the app closes the pipe. A cancel overtakes the queue."""
        for text in lines:
            request = read_request(text)
            if isinstance(request.operation, Cancel):
                self._cancel(request.id)
            else:
                self._requests.put(request)
        os._exit(0)  # the app is gone: a generation under way has no reader

    def _cancel(self, request_id: str) -> None:
        with self._lock:
            self._cancelled.add(request_id)
            self._stop_cancelled()

    def _stop_cancelled(self) -> None:
        for running, stop in self._running.items():
            if running in self._cancelled:
                stop.set()
        if all(stop.is_set() for stop in self._running.values()):
            self._whole.set()

    def serve(self) -> None:
        while True:
            self._answer(self._requests.get())

    def _answer(self, request: Request) -> None:
        operation = request.operation
        assert not isinstance(operation, Cancel)
        ids = tuple(operation.generations) if isinstance(operation, Crew) else (request.id,)
        with self._lock:
            self._running, self._whole = {each: threading.Event() for each in ids}, threading.Event()
            self._stop_cancelled()
        calls = {each: Call(partial(self._tell, each), stop) for each, stop in self._running.items()}
        whole = Call.of(calls.values(), self._whole)
        with whole.reported([""]):
            if isinstance(operation, Crew):
                asked = [Asked(generation, calls[each]) for each, generation in operation.generations.items()]
                generate(asked, self._resident, whole)
            else:
                perform(operation, self._resident, whole)
        with self._lock:
            self._running = {}
            self._cancelled -= set(ids)
        whole.tell(Done())

    def _tell(self, request_id: str, told: Told) -> None:
        text = line(Event(request_id, told))
        with self._lock:
            self._events.write(text)
            self._events.flush()


def main() -> None:
    # Libraries print to standard output; the events need a stream of their own.
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if hasattr(os, "nice"):
        os.nice(max(0, NICE - os.nice(0)))  # the app's pages come first
    worker = Worker(events)
    threading.Thread(target=worker.listen, args=(sys.stdin,), daemon=True).start()
    worker.serve()


if __name__ == "__main__":
    main()
