"""Speed of generation: live through the worker, stored answers in batches, a base with its adapters in one batch."""

import statistics
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil

from lib.bench.figures import show
from lib.domain import GenerateRow, Message, Model, Settings
from lib.worker.client import Client
from lib.worker.job import Job
from lib.worker.protocol import Generation

if TYPE_CHECKING:
    from lib.inference.engine import Engine

_QUESTION = (Message("user", "My neighbour plays loud music at night. How should I talk to her?"),)


def _finish(client: Client, job: Job) -> Job:
    while not job.over:
        client.look(job)
        time.sleep(0.02)
    return job


def _asked(client: Client, models: Sequence[Model], name: str, samples: int, tokens: int) -> Job:
    settings = Settings(max_tokens=tokens)
    return client.submit(Generation(tuple(m.id for m in models), _QUESTION, f"bench/{name}", samples, settings))


@contextmanager
def busy(client: Client, models: Sequence[Model]) -> Generator[None]:
    """Keeps the worker generating until the block ends."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            job = _asked(client, models, "busy", 2, 400)
            while not job.over and not over.is_set():
                client.look(job)
                time.sleep(0.05)
            client.cancel(job)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(3)
    try:
        yield
    finally:
        over.set()
        thread.join()


def live_figures(client: Client, models: Sequence[Model], repeats: int) -> None:
    """Time to the first token and tokens a second through the worker, for each model alone and for both."""
    for chosen in (*([m] for m in models), models):
        name = " + ".join(m.id for m in chosen)
        _finish(client, _asked(client, chosen, "warm", 1, 8))
        firsts, rates = [], []
        for k in range(repeats):
            job = _finish(client, _asked(client, chosen, str(k), 1, 96))
            firsts += [p.seconds_to_first_token for p in job.parts.values() if p.seconds_to_first_token]
            rates += [sum(p.tokens_per_second or 0.0 for p in job.parts.values())]
        show(
            f"live, {name}",
            f"first token {1000 * statistics.median(firsts):5.0f} ms   {statistics.median(rates):6.1f} tokens/s"
            f" together   n {repeats}",
        )


def precompute_figures(model: Model, rows: int, whole: int | None = None) -> None:
    """Tokens a second of one batch against the same rows one at a time, and of a `whole` batch against several."""
    from lib.inference.loading import load

    engine = load(model)
    rendered = engine.render(_QUESTION)
    settings = Settings(max_tokens=96)

    def asked(count: int) -> list[GenerateRow]:
        return [GenerateRow(rendered, k) for k in range(count)]

    def rate(batches: Sequence[Sequence[GenerateRow]]) -> float:
        start = time.perf_counter()
        tokens = sum(p.tokens for batch in batches for p in engine.generate(batch, settings) if p.finish)
        return tokens / (time.perf_counter() - start)

    rate([asked(1)])
    single, batched = rate([[r] for r in asked(rows)]), rate([asked(rows)])
    show(
        f"precompute, {model.id}, {rows} answers",
        f"batched {batched:6.1f}   one at a time {single:6.1f} tokens/s   ratio {batched / single:4.1f}",
    )
    if whole:
        every = asked(whole)
        parts = rate([every[k : k + rows] for k in range(0, whole, rows)])
        together = rate([every])
        show(
            f"precompute, {model.id}, {whole} answers",
            f"batched {together:6.1f}   {rows} at a time {parts:6.1f} tokens/s   ratio {together / parts:4.1f}",
        )


def endless(engine: "Engine") -> "Engine":
    """The same engine, whose answers all run to their greatest length."""
    from lib.inference.engine import Engine

    class Endless(Engine):
        def _end_tokens(self) -> list[int]:
            return [-1]

    template = engine.template._replace(stops=())
    return Endless(engine.model, engine.network, engine.tokenizer, template, engine.shares, engine.ranks)


def family_figures(base: Model, adapters: Sequence[Model], repeats: int) -> None:
    """Speed and memory of a base with its adapters: one mixed batch against one generation after the other.

    Once with answers that all run to the same length, so that the batch is full to its end; once as answers end by
    themselves, the long ones alone at last.
    """
    from lib.inference.loading import load, load_family

    settings, process = Settings(max_tokens=96), psutil.Process()
    alone = load(base)
    rendered = alone.render(_QUESTION)
    list(alone.generate([GenerateRow(rendered, 0)], settings))
    before = process.memory_info().rss
    family = load_family(alone, adapters)
    ending = family[base.id]

    def rate(engine: "Engine", batches: Sequence[Sequence[GenerateRow]]) -> tuple[int, float]:
        start = time.perf_counter()
        tokens = sum(p.tokens for batch in batches for p in engine.generate(batch, settings) if p.finish)
        return tokens, time.perf_counter() - start

    rate(ending, [[GenerateRow(rendered, 0, e.shares) for e in family.values()]])
    after = process.memory_info().rss
    for about, engine in (("full length", endless(ending)), ("to their end", ending)):
        together, apart = [], []
        for k in range(repeats):
            rows = [GenerateRow(rendered, k, e.shares) for e in family.values()]
            together.append(rate(engine, [rows]))
            apart.append(rate(engine, [[row] for row in rows]))
        mixed, separate = (sum(n for n, _ in found) / sum(s for _, s in found) for found in (together, apart))
        show(
            f"{len(family)} models on one base, one prompt, {about}",
            f"one mixed batch {mixed:6.1f}   one after the other {separate:6.1f} tokens/s   ratio"
            f" {mixed / separate:4.1f}   n {repeats}",
        )
    show(
        "memory of the process with all of them",
        f"{after / 2**20:5.0f} MB   with the base alone {before / 2**20:5.0f} MB   ratio {after / before:4.2f}",
    )
