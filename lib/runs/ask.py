"""What `python -m lib ask` does: prompts put to models at a command line, by the worker that serves the page Live."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lib.domain import (
    Criterion,
    EndpointSource,
    LiveRun,
    Model,
    Pair,
    Response,
    Settings,
    TemplateName,
    TrilemmaError,
)
from lib.files import write_text
from lib.measures.candidates import Leaning, changes, favourite, leanings
from lib.models.registry import pairs
from lib.models.weights import ready, weights_id
from lib.paths import Paths
from lib.runs.live import live_run, live_steps, to_json
from lib.runs.questions import Question
from lib.scoring.checks import decide
from lib.scoring.coherence import coherence
from lib.scoring.heads import read_heads
from lib.worker.client import Client
from lib.worker.job import Job

Say = Callable[[str], None]
AT_ZERO = "At temperature 0 a model always takes the likeliest token, so all its samples are the same text."
_LOOK = 0.2  # seconds


class Manner(NamedTuple):
    """How models are asked."""

    samples: int
    settings: Settings
    template: TemplateName | None
    candidates: Mapping[Criterion, str]


def askable(models: Sequence[Model], chosen: Sequence[Model]) -> list[Model]:
    """Those named or, without a name, the defaults that are here: an endpoint is asked only where it is named.

    Raises TrilemmaError where none is.
    """
    found = list(chosen) or [m for m in models if m.default and ready(m)]
    if not found:
        raise TrilemmaError("No model is installed. Get the defaults with: python -m lib models")
    return found


def ask(
    paths: Paths,
    questions: Sequence[Question],
    models: Sequence[Model],
    manner: Manner,
    output: Path | None,
    say: Say,
    progress: Say,
) -> bool:
    """Put each prompt to each model and say the answers; with `output` a file a prompt goes into that folder.

    `progress` is told what is going on. Returns whether every answer came.
    """
    for model in models:
        if isinstance(model.source, EndpointSource) and not model.source.on_this_computer:
            progress(f"{model.label}: the prompts leave this computer and go to {model.source.url}")
    if manner.settings.temperature == 0 and manner.samples > 1:
        say(AT_ZERO)
    client, whole = Client(), True
    try:
        for number, question in enumerate(questions, start=1):
            if len(questions) > 1:
                say(f"\n#### Prompt {number} of {len(questions)}: {question.prompt.text}")
            live, job = _asked(paths, client, question, models, manner, progress)
            _say_answers(live, question, {m.id: m for m in models}, say)
            if manner.candidates:
                _say_candidates(job, models, manner.candidates, say)
            if output:
                file = output / f"{question.prompt.id.replace('/', '-')}.json"
                write_text(file, to_json(live))
                say(f"\nWritten: {file}. `python -m lib reproduce {file}` makes it again.")
            whole = whole and not any(r.error for r in live.responses)
    finally:
        client.close()
    return whole


def _asked(
    paths: Paths, client: Client, question: Question, models: Sequence[Model], manner: Manner, progress: Say
) -> tuple[LiveRun, Job]:
    prompt, case = question
    texts = tuple(manner.candidates.values())
    ids = [m.id for m in models]
    steps = live_steps(prompt, ids, manner.samples, manner.settings, manner.template, case, candidates=texts)
    job, seen = client.submit(*steps), ""
    while not job.over:
        client.look(job)
        now = f"{job.state}: {sum(a.tokens for p in job.parts.values() for a in p.answers)} tokens"
        if now != seen and (job.state == "loading") != seen.startswith("loading"):
            progress("Loading the models." if job.state == "loading" else "The models are writing.")
        seen = now
        time.sleep(_LOOK)
    if job.state == "failed":
        raise TrilemmaError(job.message)
    weights = {m.id: weights_id(m) for m in models}
    return live_run(job, prompt, {m.id: m for m in models}, weights, case, read_heads(paths.heads)), job


def _say_answers(live: LiveRun, question: Question, models: Mapping[str, Model], say: Say) -> None:
    for response in live.responses:
        say(f"\n== {models[response.model_id].label}, sample {response.sample + 1}: {_end(response)}")
        if response.text is not None:
            say(response.text)
        for line in _checked(response, question):
            say(f"   {line}")


def _end(response: Response) -> str:
    if response.error:
        return f"failed. {response.error}"
    cut = {"length": ", cut at the token limit", "cancelled": ", stopped"}.get(response.finish, "")
    return f"{response.tokens} tokens{cut}"


def _checked(response: Response, question: Question) -> list[str]:
    """What the case's checks decide on an answer."""
    if question.case is None or response.text is None or not coherence(response.text).coherent:
        return []
    checks = [c for c in question.case.checks_of(question.prompt) if not c.statement]
    said = {True: "yes", False: "no", None: "cannot tell"}
    verdicts = decide(checks, response.text, question.prompt.language)
    return [f"{check.label}: {said[verdict.says]}" for check, verdict in zip(checks, verdicts, strict=True)]


def _say_candidates(job: Job, models: Sequence[Model], candidates: Mapping[Criterion, str], say: Say) -> None:
    """Which of the candidate replies each model would rather give, and what tuning changed."""
    names, count = list(candidates), len(candidates)
    say(
        "\n== Candidate replies: how much likelier the prompt makes each, in nats per 100 characters (range over stems)"
    )
    for model in models:
        if model.id in job.uncompared or model.id not in job.compared:
            say(f"{model.label}: {job.uncompared.get(model.id, 'not available')}")
            continue
        found = leanings(job.compared[model.id], count)
        best = favourite(found)
        verdict = f"rather {names[best]}" if best is not None else "no clear preference"
        say(f"{model.label}: {', '.join(map(_leaning, names, found))}; {verdict}")
    for base, tuned in ((p.base, p.tuned) for p in known_pairs(models)):
        if {base.id, tuned.id} <= job.compared.keys() - job.uncompared.keys():
            shift = changes(job.compared[base.id], job.compared[tuned.id], count)
            moved = ", ".join(f"{n} {d:+.1f}" for n, d in zip(names, shift, strict=True))
            say(f"{base.label} -> {tuned.label}, what tuning changed: {moved}")


def known_pairs(models: Sequence[Model]) -> tuple[Pair, ...]:
    """The pairs of which both are among these models."""
    known = {m.id for m in models}
    return pairs([m for m in models if m.base_id is None or m.base_id in known])


def _leaning(name: str, found: Leaning) -> str:
    return f"{name} {found.value:+.1f} ({found.low:+.1f} to {found.high:+.1f})"
