"""Crews: queued jobs whose prompts go to the same models in the same way, and are therefore written in one batch."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

from lib.worker.job import Job
from lib.worker.protocol import Generation

# Answers of all models of a crew. Measured with the two default models, 60 answers each: 0.8 GB more than for one
# prompt, and a fifth of a second a token.
MOST_ROWS = 128
# Of a prompt, all messages together. The prompts of a batch are padded to the longest: about here the others lose as
# much by it as it gains. Bytes, since the tokens of a letter beyond Latin are many.
MOST_BYTES = 1_000


def crews(queued: Sequence[Job]) -> list[list[Job]]:
    """The jobs in the crews in which they will run, the first to run first; most are crews of one."""
    out: list[list[Job]] = []
    open_: dict[Hashable, list[Job]] = {}  # by how its models are asked: the crew that may still take jobs
    for job in queued:
        way = _way(job)
        crew = open_.get(way) if way else None
        if crew is None or sum(map(_rows, (*crew, job))) > MOST_ROWS:
            crew = []
            out.append(crew)
            if way:
                open_[way] = crew
        crew.append(job)
    return out


def _way(job: Job) -> Hashable:
    """How a job's prompt is put to models, equal for jobs that can be written together; None for one that can't."""
    asked = job.steps[0] if job.steps else None
    if not isinstance(asked, Generation) or sum(len(m.content.encode()) for m in asked.messages) > MOST_BYTES:
        return None
    # Each row draws from a seed of its own.
    return asked.models, asked.template, replace(asked.settings, seed=0), tuple(sorted(asked.weights.items()))


def _rows(job: Job) -> int:
    return job.generation.samples * len(job.generation.models)
