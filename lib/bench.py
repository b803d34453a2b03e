"""What this machine does in one run: figures beside each other, for ratios rather than records."""

import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from lib.cases.files import read_cases
from lib.cases.fingerprint import prompt_sha
from lib.dataset import RESPONSE_SCHEMA, stored_responses, write_run
from lib.domain import AdapterSource, Exchange, GenerateRow, Message, Model, Run, Settings
from lib.models.registry import read_models
from lib.models.weights import weights_dir
from lib.paths import Paths, paths
from lib.scoring.inputs import READER
from lib.store.library import build
from lib.worker.client import Client
from lib.worker.job import Job
from lib.worker.protocol import Generation

PageTimes = Callable[[int], dict[str, list[float]]]  # repeats -> page -> seconds of each script run
_QUESTION = (Message("user", "My neighbour plays loud music at night. How should I talk to her?"),)


def _show(name: str, value: str) -> None:
    print(f"{name:<58} {value}", flush=True)


def _spread(seconds: Sequence[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    median, p95 = 1000 * statistics.median(seconds), 1000 * statistics.quantiles(seconds, n=20)[-1]
    return f"median {median:6.0f} ms   p95 {p95:6.0f} ms   n {len(seconds)}"


def _installed() -> list[Model]:
    return [m for m in read_models(paths().models) if m.default and weights_dir(m)]


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _asked(client: Client, models: Sequence[Model], name: str, samples: int, tokens: int) -> Job:
    settings = Settings(max_tokens=tokens)
    return client.submit(Generation(tuple(m.id for m in models), _QUESTION, f"bench/{name}", samples, settings))


def _finish(client: Client, job: Job) -> Job:
    while not job.over:
        client.look(job)
        time.sleep(0.02)
    return job


@contextmanager
def _busy(client: Client, models: Sequence[Model]) -> Generator[None]:
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
        first, rate = 1000 * statistics.median(firsts), statistics.median(rates)
        _show(f"live, {name}", f"first token {first:5.0f} ms   {rate:6.1f} tokens/s together   n {repeats}")


def precompute_figures(model: Model, rows: int) -> None:
    """Tokens a second of one batch against the same rows one at a time."""
    from lib.inference.loading import load

    engine = load(model)
    rendered = engine.render(_QUESTION)
    every = [GenerateRow(rendered, k) for k in range(rows)]
    settings = Settings(max_tokens=96)

    def rate(batches: Sequence[Sequence[GenerateRow]]) -> float:
        start = time.perf_counter()
        tokens = sum(p.tokens for batch in batches for p in engine.generate(batch, settings) if p.finish)
        return tokens / (time.perf_counter() - start)

    rate([every[:1]])
    single, batched = rate([[r] for r in every]), rate([every])
    _show(
        f"precompute, {model.id}, {rows} answers",
        f"batched {batched:6.1f}   one at a time {single:6.1f} tokens/s   ratio {batched / single:4.1f}",
    )


def family_figures(base: Model, adapters: Sequence[Model], repeats: int) -> None:
    """One prompt put to a base and its adapters: tokens a second in one mixed batch against one generation after the other, and the memory of all against the base's.

    Once with answers that all run to the same length, so that the batch is full to its end; once as answers end by themselves, the long ones alone at last.
    """
    from lib.inference.engine import Engine
    from lib.inference.loading import load, load_family

    class Endless(Engine):
        def _end_tokens(self) -> list[int]:
            return [-1]

    settings, process = Settings(max_tokens=96), psutil.Process()
    alone = load(base)
    rendered = alone.render(_QUESTION)
    list(alone.generate([GenerateRow(rendered, 0)], settings))
    before = process.memory_info().rss
    family = load_family(alone, adapters)
    ending = family[base.id]
    endless = Endless(
        base, ending.network, ending.tokenizer, ending.template._replace(stops=()), ending.shares, ending.ranks
    )

    def rate(engine: Engine, batches: Sequence[Sequence[GenerateRow]]) -> tuple[int, float]:
        start = time.perf_counter()
        tokens = sum(p.tokens for batch in batches for p in engine.generate(batch, settings) if p.finish)
        return tokens, time.perf_counter() - start

    rate(ending, [[GenerateRow(rendered, 0, e.shares) for e in family.values()]])
    after = process.memory_info().rss
    for about, engine in (("full length", endless), ("to their end", ending)):
        together, apart = [], []
        for k in range(repeats):
            rows = [GenerateRow(rendered, k, e.shares) for e in family.values()]
            together.append(rate(engine, [rows]))
            apart.append(rate(engine, [[row] for row in rows]))
        mixed, separate = (sum(n for n, _ in found) / sum(s for _, s in found) for found in (together, apart))
        _show(
            f"{len(family)} models on one base, one prompt, {about}",
            f"one mixed batch {mixed:6.1f}   one after the other {separate:6.1f} tokens/s   ratio"
            f" {mixed / separate:4.1f}   n {repeats}",
        )
    _show(
        "memory of the process with all of them",
        f"{after / 2**20:5.0f} MB   with the base alone {before / 2**20:5.0f} MB   ratio {after / before:4.2f}",
    )


def scoring_figures(rows: int) -> None:
    """Responses a second of each step of scoring, and the whole against reading alone; stored answers, without a case."""
    from lib.scoring.features import features
    from lib.scoring.heads import read_heads
    from lib.scoring.learned import Work, score
    from lib.scoring.reader import load_reader

    prompts = {p.id: p for c in read_cases(paths().cases) for p in c.prompts if p.language == "en"}
    answers = [r for r in stored_responses(paths()) if r.text and r.prompt_id in prompts][:rows]
    exchanges = [Exchange(prompts[r.prompt_id].messages, r.text or "") for r in answers]
    reader, heads = load_reader(read_models(paths().models)), read_heads(paths().heads)
    reader.vectors(exchanges[:8])
    marking = _timed(lambda: [features(e.text) for e in exchanges])
    reading = _timed(lambda: reader.vectors(exchanges))
    toning = _timed(lambda: reader.tones([e.text for e in exchanges]))
    read = reader.encode(exchanges)
    work = [Work(prompts[r.prompt_id], r.text or "", reading=each) for r, each in zip(answers, read, strict=True)]
    weighing = _timed(lambda: score(work, heads))
    n = len(answers)
    _show(
        f"scoring, {n} responses",
        f"features {n / marking:6.0f}/s   heads on readings, refusal among them {n / weighing:6.0f}/s",
    )
    _show("scoring, the reading model", f"vectors {n / reading:6.1f}/s   tone {n / toning:6.1f}/s")
    _show(
        "scoring, against reading alone",
        f"learned scores x {(reading + weighing) / reading:4.2f}   with tone x"
        f" {(reading + weighing + toning) / reading:4.2f}",
    )


def build_figures(rows: int) -> None:
    """Building the database for synthetic responses against a bare DuckDB load of the same Parquet file."""
    with tempfile.TemporaryDirectory() as folder:
        data = Paths(Path(folder), paths().cases)
        data.responses.mkdir()
        shutil.copy(paths().models, data.models)
        write_run(
            data.runs,
            Run(
                "synthetic", "m", "generation", "chat", Settings(), "", "bfloat16", {}, "", "2026-01-01T00:00:00+00:00"
            ),
        )
        parquet = data.responses / "synthetic.parquet"
        pq.write_table(_synthetic(rows), parquet, compression="zstd")
        bare = min(
            _timed(
                lambda: duckdb.connect().execute(
                    "CREATE TABLE r AS SELECT * FROM read_parquet($f)", {"f": str(parquet)}
                )
            )
            for _ in range(3)
        )
        build(data)
        shutil.rmtree(data.local)
        whole = _timed(lambda: build(data))
        cases_only = _timed_without_responses(data, parquet)
    _show(
        f"database of {rows:,} responses",
        f"built {whole:5.2f} s   bare load {bare:5.2f} s   ratio {whole / bare:4.1f}   (cases and models alone"
        f" {cases_only:4.2f} s)",
    )


def _timed_without_responses(data: Paths, parquet: Path) -> float:
    parquet.unlink()
    shutil.rmtree(data.local)
    return _timed(lambda: build(data))


def _synthetic(rows: int) -> pa.Table:
    """Made-up answers to the real prompts."""
    prompts = [p for case in read_cases(paths().cases) for p in case.prompts]
    prompt = [prompts[i % len(prompts)] for i in range(rows)]
    shas = {p.id: prompt_sha(p.messages) for p in prompts}
    words = (
        "the answer says that one should think about it and then perhaps ask a friend or a doctor for advice".split()
    )
    draw = random.Random(0)
    return pa.table(
        {
            "run_id": ["synthetic"] * rows,
            "model_id": ["m"] * rows,
            "case_id": [p.case_id for p in prompt],
            "prompt_id": [p.id for p in prompt],
            "sample": pa.array(range(rows), pa.int32()),
            "text": [" ".join(draw.choices(words, k=90)) for _ in range(rows)],
            "rendered": [p.text for p in prompt],
            "finish": ["end"] * rows,
            "tokens": pa.array([100] * rows, pa.int32()),
            "error": pa.array([None] * rows, pa.string()),
            "prompt_sha": [shas[p.id] for p in prompt],
        },
        schema=RESPONSE_SCHEMA,
    )


def bench(page_times: PageTimes, quick: bool = False) -> None:
    """Measure and print everything."""
    repeats = 8 if quick else 30
    models = _installed()
    idle = page_times(repeats)
    for page, seconds in idle.items():
        _show(f"page {page}, idle", _spread(seconds))
    build_figures(100_000)
    if not models:
        _show("live and precompute", "not measured: no default model is installed (python -m lib models)")
        return
    client = Client()
    try:
        live_figures(client, models, 2 if quick else 5)
        with _busy(client, models):
            busy = page_times(repeats)
        for page, seconds in busy.items():
            _show(
                f"page {page}, while {len(models)} models write",
                f"{_spread(seconds)}   x idle {statistics.median(seconds) / statistics.median(idle[page]):4.2f}",
            )
    finally:
        client.close()
    for model in models:
        precompute_figures(model, 8 if quick else 20)
    every = [m for m in read_models(paths().models) if isinstance(m.source, AdapterSource) and weights_dir(m)]
    for base in {m.source.base.id: m.source.base for m in every if isinstance(m.source, AdapterSource)}.values():
        family_figures(base, [m for m in every if m.base_id == base.id], 4 if quick else 10)
    if any(m.id == READER for m in models):
        scoring_figures(60 if quick else 200)
