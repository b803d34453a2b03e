"""The worker's operations: generate, log-likelihoods, what the reading model and the judge make of replies."""

import os
import threading
from collections.abc import Hashable, Sequence
from itertools import groupby, product
from typing import TYPE_CHECKING, NamedTuple, cast

from lib.domain import Continuation, EndpointSource, GenerateRow, TrilemmaError
from lib.inference.seeds import sample_seed
from lib.scoring.inputs import READER
from lib.scoring.statements import JUDGE
from lib.worker.protocol import (
    Compared,
    Encoded,
    Generation,
    Grown,
    Judge,
    Judged,
    LogLikelihoods,
    Operation,
    Read,
    Rendered,
)
from lib.worker.resident import Call, Resident

if TYPE_CHECKING:
    from lib.inference.endpoint import Endpoint
    from lib.inference.engine import Engine

MAX_PROMPT_TOKENS = 3_000  # of a live prompt: more would hold the queue for minutes


def perform(operation: Operation, resident: Resident, call: Call) -> None:
    match operation:
        case Generation():
            generate([Asked(operation, call)], resident, call)
        case LogLikelihoods():
            loglik(operation, resident, call)
        case Read():
            read(operation, resident, call)
        case Judge():
            judge(operation, resident, call)


class Asked(NamedTuple):
    """A job's prompt, and who is told of its answers."""

    generation: Generation
    call: Call


def generate(asked: Sequence[Asked], resident: Resident, whole: Call) -> None:
    """Models answer side by side; those with the same weights within one batch.

    `asked`: the prompts of a crew, alike but for messages, samples and seed; `whole`: all of their calls as one.
    """
    groups: dict[Hashable, list[Engine | Endpoint]] = {}
    way = asked[0].generation
    for engine in resident.engines(way.models, whole, way.template, way.weights):
        groups.setdefault(engine.batch, []).append(engine)
    here = sum(not isinstance(group[0].model.source, EndpointSource) for group in groups.values())
    cores = _Cores(here)
    threads = [threading.Thread(target=_answer, args=(asked, group, cores, whole)) for group in groups.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class _Place(NamedTuple):
    """Whose row of a batch one is."""

    engine: "Engine | Endpoint"
    call: Call
    sample: int


class _Cores:
    """The cores of this machine, shared by the batches under way: what one that ends has used, the others take over."""

    def __init__(self, batches: int) -> None:
        self._batches, self._lock = batches, threading.Lock()

    def share(self) -> int:
        return max(1, (os.cpu_count() or 1) // max(1, self._batches))

    def leave(self) -> None:
        with self._lock:
            self._batches -= 1


def _answer(asked: Sequence[Asked], engines: "list[Engine | Endpoint]", cores: _Cores, whole: Call) -> None:
    """All samples of models that share their weights, in one batch."""
    here = [e for e in engines if not isinstance(e.model.source, EndpointSource)]
    for engine in cast("list[Engine]", here):
        engine.threads = cores.share
    try:
        _write(asked, engines, whole)
    finally:
        if here:
            cores.leave()


def _write(asked: Sequence[Asked], engines: "list[Engine | Endpoint]", whole: Call) -> None:
    places: list[_Place] = []
    rows: list[GenerateRow] = []
    for engine, (generation, call) in product(engines, asked):
        with call.reported([engine.model.id]):
            rendered = _rendered(generation, engine, call)
            for k in range(generation.samples):
                seed = sample_seed(generation.settings.seed, generation.prompt_id, k)
                rows.append(GenerateRow(rendered, seed, engine.shares, call.cancelled))
                places.append(_Place(engine, call, k))
    told = Call.of({id(p.call): p.call for p in places}.values(), whole.cancelled)
    with told.reported(dict.fromkeys(p.engine.model.id for p in places)):
        for piece in places[0].engine.generate(rows, asked[0].generation.settings) if places else ():
            place = places[piece.row]
            grown = Grown(place.engine.model.id, place.sample, piece.text, piece.finish, piece.tokens, piece.error)
            place.call.tell(grown)


def _rendered(asked: Generation, engine: "Engine | Endpoint", call: Call) -> str:
    """The text put to a model, told to the app. Raises TrilemmaError where it does not fit."""
    rendered = engine.render(asked.messages)
    tokens = engine.check_length(rendered, asked.settings)
    if tokens is not None and tokens > MAX_PROMPT_TOKENS:
        raise TrilemmaError(
            f"The prompt is {tokens:,} tokens long for {engine.model.label}; at most {MAX_PROMPT_TOKENS:,} fit a live"
            " prompt. Please shorten it."
        )
    call.tell(Rendered(engine.model.id, rendered, engine.template.name, engine.dtype, tokens))
    return rendered


def loglik(asked: LogLikelihoods, resident: Resident, call: Call) -> None:
    """The replies after one context, then after the next; stops between two contexts."""
    for engine in resident.engines([asked.model], call, weights=asked.weights):
        if not isinstance(engine.model.source, EndpointSource):
            _use_cores()
        with call.reported([asked.model]):
            for messages, group in groupby(asked.exchanges, key=lambda e: e.messages):
                if call.cancelled.is_set():
                    return
                context = engine.render(messages)
                call.tell(Compared(tuple(engine.loglik([Continuation(context, e.text) for e in group]))))


def read(asked: Read, resident: Resident, call: Call) -> None:
    """All at once: it takes a second or two, and the batches are then the same whatever the order."""
    for engine in resident.families([READER], call):
        from lib.scoring.reader import Reader

        _use_cores()
        with call.reported([READER]):
            call.tell(Encoded(tuple(Reader(engine).encode(asked.exchanges))))


def judge(asked: Judge, resident: Resident, call: Call) -> None:
    """What the judge of statements makes of all questions at once."""
    if not asked.questions:
        return
    for engine in resident.families([JUDGE], call):
        from lib.scoring.statement_reader import StatementReader

        _use_cores()
        with call.reported([JUDGE]):
            states = StatementReader(engine).states(asked.questions).tolist()
            call.tell(Judged(tuple(map(tuple, states))))


def _use_cores() -> None:
    """Gives this thread all cores."""
    import torch

    torch.set_num_threads(os.cpu_count() or 1)
