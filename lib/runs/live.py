"""A live prompt: checked before it runs, and made into the same records as a stored answer afterwards."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from pydantic import BaseModel, ValidationError

from lib.cases.fingerprint import prompt_sha
from lib.domain import (
    CaseStudy,
    Exchange,
    LiveRun,
    Message,
    Model,
    Prompt,
    Response,
    Run,
    Settings,
    TemplateName,
    TrilemmaError,
)
from lib.runs.record import surroundings
from lib.scoring.heads import Heads
from lib.scoring.inputs import READER, reference_exchanges
from lib.scoring.learned import NO_READER, Work, score
from lib.worker.job import Answer, Job, Step
from lib.worker.protocol import Generation, Read

MAX_CHARACTERS = 20_000
MAX_SAMPLES = 8


class BadPrompt(TrilemmaError):
    """A prompt that cannot be run; the message says what to change."""


def live_prompt(text: str, language: str) -> Prompt:
    """The prompt that a visitor typed. Raises BadPrompt where it is empty, has no words, or is too long."""
    text = text.strip()
    if not text:
        raise BadPrompt("The prompt is empty. Write a question or a request first.")
    if len(text) > MAX_CHARACTERS:
        raise BadPrompt(
            f"The prompt has {len(text):,} characters; at most {MAX_CHARACTERS:,} fit. Please shorten it: your text is"
            " still in the box."
        )
    if not re.search(r"\w", text):
        raise BadPrompt(
            "The prompt has no words, only symbols. Write at least one word, so that there is something to answer."
        )
    messages = (Message("user", text),)
    return Prompt(f"live/{prompt_sha(messages)}", "live", "neutral", "Live prompt", language, messages)


def live_steps(
    prompt: Prompt,
    model_ids: Sequence[str],
    samples: int,
    settings: Settings,
    template: TemplateName | None = None,
    case: CaseStudy | None = None,
) -> tuple[Step, ...]:
    """What the worker does for a live prompt: the models answer, then the reading model encodes what each wrote.

    `case`: whose prompt it is. Its reference replies are encoded once, so that answers can be compared with them.
    """
    references = tuple(reference_exchanges(case, Exchange(prompt.messages, ""))) if case else ()

    # One model after the other: in bf16 an answer's numbers depend a little on what shares its batch, and a model's
    # scores should not change with the models asked beside it.
    def read(model_id: str, job: Job) -> Read:
        part = job.parts[model_id]
        answers = dict.fromkeys(Exchange(prompt.messages, a.text) for a in part.answers) if part.rendered else ()
        return Read(tuple(answers), references if model_id == model_ids[0] else ())

    generation = Generation(tuple(model_ids), prompt.messages, prompt.id, samples, settings, template)
    return generation, *(partial(read, model_id) for model_id in model_ids)


def live_run(
    job: Job,
    prompt: Prompt,
    models: Mapping[str, Model],
    weights: Mapping[str, str],
    case: CaseStudy | None,
    heads: Heads,
) -> LiveRun:
    """A finished, stopped or failed job as a run and scored responses for each model.

    `weights`: model id -> hash of its weights.
    """
    mismatch = heads.stranger(weights[READER]) if READER in weights else NO_READER
    unread = mismatch or job.unread or "the run ended before this answer could be scored"
    runs, responses = [], []
    for model_id, part in job.parts.items():
        run = Run(
            id=f"live-{job.id[:12]}.{model_id}",
            model_id=model_id,
            kind="generation",
            template=part.template or job.generation.template or models[model_id].template,
            settings=job.generation.settings,
            model_sha256=weights.get(model_id, ""),
            dtype=part.dtype,
            **surroundings(),
        )
        runs.append(run)
        for number, answer in enumerate(part.answers):
            response = _response(run.id, model_id, prompt, number, answer, part.rendered, part.error)
            if response.text is not None:
                encoding = None if mismatch else job.encodings.get(Exchange(prompt.messages, response.text))
                work = Work(prompt, response.text, case, encoding, job.reference_vectors, unread)
                response = replace(response, scores=tuple(score([work], heads)[0]))
            responses.append(response)
    return LiveRun(job.id, prompt, tuple(runs), tuple(responses), datetime.now(UTC).isoformat(timespec="seconds"))


def _response(
    run_id: str, model_id: str, prompt: Prompt, number: int, answer: Answer, rendered: str, error: str | None
) -> Response:
    failed = answer.finish is None
    return Response(
        run_id=run_id,
        model_id=model_id,
        case_id=prompt.case_id,
        prompt_id=prompt.id,
        sample=number,
        text=None if failed and not answer.text else answer.text,
        rendered=rendered,
        finish=answer.finish or "error",
        tokens=answer.tokens,
        error=(error or "The answer broke off, because the model process ended.") if failed else None,
        prompt_sha=prompt_sha(prompt.messages),
    )


class _File(BaseModel):
    trilemma_live_run: Literal[1] = 1  # version of the format
    run: LiveRun


def to_json(live: LiveRun) -> str:
    """The file that a visitor downloads and `python -m lib repeat FILE` makes the same answers from."""
    return _File(run=live).model_dump_json(indent=1)


def from_json(data: str | bytes) -> LiveRun:
    """Raises TrilemmaError, naming the field, where the file is not a live run."""
    try:
        return _File.model_validate_json(data).run
    except ValidationError as fault:
        error = fault.errors()[0]
        raise TrilemmaError(
            f"This is not a live run downloaded from Trilemma: {'.'.join(map(str, error['loc'])) or 'file'}:"
            f" {error['msg']}"
        ) from fault
