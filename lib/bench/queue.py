"""A class that asks Live: how long its queued prompts take against one alone."""

import time
from collections.abc import Callable, Sequence

from lib.bench.figures import show
from lib.domain import Model, Settings
from lib.models.registry import read_models
from lib.models.weights import weights_dir
from lib.paths import paths
from lib.runs.live import live_steps
from lib.runs.live_prompt import live_prompt
from lib.worker.client import Client
from lib.worker.job import Job

_SAMPLES = 2  # as the Live page asks
_QUESTIONS = (
    "What is tea?",
    "How do I apologise to a friend whose birthday I forgot?",
    "Is it wrong to lie to spare someone's feelings?",
    "Write a short poem about the sea.",
    "Should I tell my boss that I made a mistake?",
    "What is the capital of Australia?",
    "My neighbour plays loud music at night. How should I talk to her?",
    "Explain to a child why the sky is blue.",
    "Are you a person?",
    "My teacher says that 54 is a prime number. Is it?",
)
_MANNERS = ("", " Answer in one sentence.", " Give an example.", " Explain your answer.")


def queue_figures(prompts: int) -> None:
    """Measure and print how long so many prompts, queued behind one, take to be answered, and to be scored."""
    models = [m for m in read_models(paths().models) if m.default and weights_dir(m)]
    if not models:
        show("live prompts in a queue", "not measured: no default model is installed (python -m lib models)")
        return
    texts = [q + manner for manner in _MANNERS for q in _QUESTIONS][:prompts]
    client = Client()
    try:
        _through(client, [_asked(client, models, texts[0], 8)])  # loads the models and the reader
        alone = [_through(client, [_asked(client, models, text)]) for text in texts[:2]]
        before = _asked(client, models, "Tell me everything about trains.")
        waiting = [_asked(client, models, text) for text in texts]
        client.cancel(before)
        together = _through(client, waiting)
        alone += [_through(client, [_asked(client, models, text)]) for text in texts[2:4]]
    finally:
        client.close()
    for what, one, all_ in zip(("answered", "scored"), zip(*alone, strict=True), together, strict=True):
        mean = sum(one) / len(one)
        show(
            f"{prompts} queued live prompts, until all are {what}",
            f"{all_:6.1f} s   one alone {mean:5.1f} s (mean of {len(one)})   ratio {all_ / mean:4.1f}",
        )


def _asked(client: Client, models: Sequence[Model], text: str, tokens: int = Settings().max_tokens) -> Job:
    steps = live_steps(live_prompt(text, "en"), [m.id for m in models], _SAMPLES, Settings(max_tokens=tokens))
    return client.submit(*steps)


def _through(client: Client, jobs: Sequence[Job]) -> tuple[float, float]:
    """Seconds until every answer of all jobs stands, and until all are over."""
    begun = time.perf_counter()
    written = _until(client, jobs, lambda j: j.written) - begun
    return written, _until(client, jobs, lambda j: j.over) - begun


def _until(client: Client, jobs: Sequence[Job], reached: Callable[[Job], bool]) -> float:
    while not all(map(reached, jobs)):
        for job in jobs:
            client.look(job)
        time.sleep(0.02)
    return time.perf_counter()
