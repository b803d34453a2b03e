"""A live prompt: checked before it runs, and made into the same records as a stored answer afterwards."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np
from pydantic import BaseModel, ValidationError

from lib.cases.fingerprint import prompt_sha
from lib.cases.replies import STEMS
from lib.domain import (
    CaseStudy,
    Check,
    Exchange,
    Judgement,
    LiveRun,
    Model,
    Prompt,
    Response,
    Run,
    Settings,
    TemplateName,
    TrilemmaError,
)
from lib.files import field_faults
from lib.runs.record import environment, now
from lib.scoring.heads import Heads
from lib.scoring.inputs import READER
from lib.scoring.learned import NO_READER, ReplyToScore, score
from lib.scoring.statements import JUDGE, judgements, questions
from lib.worker.job import Answer, Job, Step
from lib.worker.protocol import Generation, Judge, LogLikelihoods, Read

MAX_SAMPLES = 8
BATCH_NOTE = "written in one batch with"


def live_steps(
    prompt: Prompt,
    model_ids: Sequence[str],
    samples: int,
    settings: Settings,
    template: TemplateName | None = None,
    case: CaseStudy | None = None,
    judged: bool = False,
    candidates: Sequence[str] = (),
) -> tuple[Step, ...]:
    """What the worker does for a live prompt: the models answer, then the reading model encodes each answer.

    `case`: whose prompt it is. `judged`: whether the judge of statements is here; it reads the answers where a check of
    the prompt needs it. `candidates`: replies whose likelihood each model gives, after the prompt and each stem.
    """

    # One model after the other: in bf16 an answer's numbers depend a little on what shares its batch, and a model's
    # scores should not change with the models asked beside it.
    def read(model_id: str, job: Job) -> Read:
        part = job.parts[model_id]
        answers = dict.fromkeys(Exchange(prompt.messages, a.text) for a in part.answers) if part.rendered else ()
        return Read(tuple(answers))

    generation = Generation(tuple(model_ids), prompt.messages, prompt.id, samples, settings, template)
    contexts = (prompt, *STEMS) if candidates else ()
    asked = tuple(Exchange(context.messages, text) for context in contexts for text in candidates)
    compared = [LogLikelihoods(m, asked, aside=True) for m in model_ids] if candidates else []
    steps = (generation, *compared, *(partial(read, model_id) for model_id in model_ids))
    checks = [c for c in case.checks_of(prompt) if c.statement] if case and judged else []
    return (*steps, partial(_judge, checks, prompt)) if checks else steps


def _judge(checks: Sequence[Check], prompt: Prompt, job: Job) -> Judge:
    texts = [a.text for part in job.parts.values() for a in part.answers]
    return Judge(tuple(dict.fromkeys(q for text in texts for q in questions(checks, prompt.messages, text))))


def live_run(
    job: Job,
    prompt: Prompt,
    models: Mapping[str, Model],
    weights: Mapping[str, str],
    case: CaseStudy | None,
    heads: Heads,
    judge: Heads | None = None,
) -> LiveRun:
    """A finished, stopped or failed job as a run and scored responses for each model.

    `weights`: model id -> hash of its weights; `judge`: the head that judges statements.
    """
    mismatch = heads.mismatch(weights[READER]) if READER in weights else NO_READER
    unread = mismatch or job.unread or "the run ended before this answer could be scored"
    judge = judge if judge and not judge.mismatch(weights.get(JUDGE, "")) else None
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
            **environment(models[model_id]),
            date=now(),
            note=_batch_note(job),
        )
        runs.append(run)
        for number, answer in enumerate(part.answers):
            response = _response(run.id, model_id, prompt, number, answer, part.rendered, part.error)
            if response.text is not None:
                encoding = None if mismatch else job.encodings.get(Exchange(prompt.messages, response.text))
                reply = ReplyToScore(prompt, response.text, encoding, unread)
                scores = tuple(score([reply], heads)[0])
                response = replace(response, scores=scores, judged=_judged(job, prompt, case, judge, response.text))
            responses.append(response)
    return LiveRun(job.id, prompt, tuple(runs), tuple(responses), now())


def _batch_note(job: Job) -> str:
    """What exact repetition has to know of a run that was written together with others'."""
    others = f"{job.beside} other {'prompt' if job.beside == 1 else 'prompts'}"
    return f"{BATCH_NOTE} {others}" if job.beside else ""


def _judged(job: Job, prompt: Prompt, case: CaseStudy | None, judge: Heads | None, text: str) -> tuple[Judgement, ...]:
    """What the judge finds of an answer; nothing where it has not read it."""
    checks = case.checks_of(prompt) if case and judge else ()
    asked = questions(checks, prompt.messages, text)
    if judge is None or not asked or not all(q in job.states for q in asked):
        return ()
    return judgements(checks, judge, np.array([job.states[q] for q in asked]))


def _response(
    run_id: str, model_id: str, prompt: Prompt, number: int, answer: Answer, rendered: str, error: str | None
) -> Response:
    failed = answer.finish is None or answer.error is not None
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
        error=(answer.error or error or "The answer broke off, because the model process ended.") if failed else None,
        prompt_sha=prompt_sha(prompt.messages),
    )


class _File(BaseModel):
    trilemma_live_run: Literal[1] = 1  # version of the format
    run: LiveRun


def to_json(live: LiveRun) -> str:
    """The file a visitor downloads: `python -m lib reproduce FILE` makes the same answers again."""
    return _File(run=live).model_dump_json(indent=1)


def from_json(data: str | bytes, name: str = "This") -> LiveRun:
    """Raises TrilemmaError, naming file and field, where the file is not a live run."""
    data = data.encode() if isinstance(data, str) else data
    try:
        return _File.model_validate_json(data.removeprefix(codecs.BOM_UTF8)).run
    except ValidationError as fault:
        raise TrilemmaError(f"{name} is not a live run downloaded from Trilemma: {field_faults(fault)[0]}") from fault
