"""The worker's operations: generate, log-likelihoods, what the reading model and the judge make of replies."""

import os
import threading
from itertools import groupby
from typing import TYPE_CHECKING

from lib.domain import Continuation, GenerateRow, TrilemmaError
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
    from lib.inference.engine import Engine

MAX_PROMPT_TOKENS = 3_000  # of a live prompt: more would hold the queue for minutes


def perform(operation: Operation, resident: Resident, call: Call) -> None:
    match operation:
        case Generation():
            generate(operation, resident, call)
        case LogLikelihoods():
            loglik(operation, resident, call)
        case Read():
            read(operation, resident, call)
        case Judge():
            judge(operation, resident, call)


def generate(asked: Generation, resident: Resident, call: Call) -> None:
    """Models answer side by side; those with the same weights within one batch."""
    groups: dict[int, list[Engine]] = {}
    for engine in resident.engines(asked.models, call, asked.template, asked.weights):
        groups.setdefault(id(engine.network), []).append(engine)
    threads = [threading.Thread(target=_answer, args=(asked, group, len(groups), call)) for group in groups.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _answer(asked: Generation, engines: "list[Engine]", groups: int, call: Call) -> None:
    """All samples of models that share their weights, in one batch. `groups`: how many such batches run at once."""
    _use_cores(groups)
    ready: list[Engine] = []
    rows: list[GenerateRow] = []
    for engine in engines:
        with call.reported([engine.model.id]):
            rendered = _rendered(asked, engine, call)
            ready.append(engine)
            rows += [
                GenerateRow(rendered, sample_seed(asked.settings.seed, asked.prompt_id, k), engine.shares)
                for k in range(asked.samples)
            ]
    with call.reported([e.model.id for e in ready]):
        for piece in ready[0].generate(rows, asked.settings) if ready else ():
            model, sample = ready[piece.row // asked.samples].model.id, piece.row % asked.samples
            call.tell(Grown(model, sample, piece.text, piece.finish, piece.tokens))


def _rendered(asked: Generation, engine: "Engine", call: Call) -> str:
    """The text put to a model, told to the app. Raises TrilemmaError where it does not fit."""
    rendered = engine.render(asked.messages)
    if (tokens := engine.count_tokens(rendered)) > MAX_PROMPT_TOKENS:
        raise TrilemmaError(
            f"The prompt is {tokens:,} tokens long for {engine.model.label}; at most {MAX_PROMPT_TOKENS:,} fit a live"
            " prompt. Please shorten it."
        )
    engine.check_length(rendered, asked.settings)
    call.tell(Rendered(engine.model.id, rendered, engine.template.name, engine.dtype, tokens))
    return rendered


def loglik(asked: LogLikelihoods, resident: Resident, call: Call) -> None:
    """The replies after one context, then after the next; stops between two contexts."""
    for engine in resident.engines([asked.model], call, weights=asked.weights):
        _use_cores()
        with call.reported([asked.model]):
            for messages, group in groupby(asked.exchanges, key=lambda e: e.messages):
                if call.cancelled.is_set():
                    return
                context = engine.render(messages)
                call.tell(Compared(tuple(engine.loglik([Continuation(context, e.text) for e in group]))))


def read(asked: Read, resident: Resident, call: Call) -> None:
    """All at once: it takes a second or two, and the batches are then the same whatever the order."""
    for engine in resident.engines([READER], call):
        from lib.scoring.reader import Reader

        _use_cores()
        with call.reported([READER]):
            reader = Reader(engine)
            references = reader.vectors(asked.references).tolist()
            call.tell(Encoded(tuple(reader.encode(asked.exchanges)), tuple(map(tuple, references))))


def judge(asked: Judge, resident: Resident, call: Call) -> None:
    """What the judge of statements makes of all questions at once."""
    if not asked.questions:
        return
    for engine in resident.engines([JUDGE], call):
        from lib.scoring.statement_reader import StatementReader

        _use_cores()
        with call.reported([JUDGE]):
            states = StatementReader(engine).states(asked.questions).tolist()
            call.tell(Judged(tuple(map(tuple, states))))


def _use_cores(groups: int = 1) -> None:
    """Gives this thread its share of the cores."""
    import torch

    torch.set_num_threads(max(1, (os.cpu_count() or 1) // groups))
