"""How fast models write on this installation, as measured by the jobs it has done, and how long a job can then take."""

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from lib.files import DataProblem, read_json, write_json
from lib.worker.job import Job

_FEWEST = 8  # tokens of an answer that tell how fast a model writes
# Where a batch of so many answers was not measured yet: that many more of them make a token take twice as long as one
# alone. (Both default models, 1 to 60 answers on 2 cores: 9 to 13.)
_DOUBLED_BY = 10
_LOG = logging.getLogger(__name__)


class Writing(NamedTuple):
    """How fast a model wrote each of the answers of a batch."""

    first: float  # seconds to the first token
    rate: float  # tokens a second after it


@dataclass
class Measured:
    """What the latest jobs took."""

    writing: dict[str, dict[int, Writing]] = field(default_factory=dict)  # by model id and answers of it in the batch
    after_writing: dict[str, float] = field(default_factory=dict)  # seconds of scoring or comparing, by kind of job


class Pace:
    """Measurements kept in a file across starts, or in memory alone. Never an obstacle: a damaged file is as none."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._measured = Measured()
        if file is not None and file.exists():
            try:
                self._measured = read_json(file, Measured)
            except (DataProblem, OSError) as fault:
                _LOG.warning("What jobs took is measured anew: %s", fault)

    def learn(self, job: Job) -> None:
        """Take the measure of a job that came to its end by itself."""
        if not job.parts:
            return
        for model, part in job.parts.items():
            tokens, first = max(a.tokens for a in part.answers), part.seconds_to_first_token
            if tokens >= _FEWEST and first is not None and part.latest_token > part.began + first:
                writing = Writing(first, (tokens - 1) / (part.latest_token - part.began - first))
                self._measured.writing.setdefault(model, {})[job.rows or len(part.answers)] = writing
        if written := [p.latest_token for p in job.parts.values() if p.latest_token]:
            self._measured.after_writing[_kind(job)] = time.monotonic() - (job.later_at or max(written))
        if self._file is not None:
            try:
                write_json(self._file, vars(self._measured))
            except OSError as fault:
                _LOG.warning("What jobs took is not kept: %s", fault)

    def seconds_left(self, job: Job, crew: Sequence[Job] = ()) -> float | None:
        """How long a job can still take at most, without loading its models; None where that is not measured.

        The answers of its crew grow together, samples and models side by side: the slowest decides. What comes after
        the writing is done one job after the other, in the order of `crew`, which are not over.
        """
        if job.over:
            return 0.0
        crew = crew or (job,)
        if not all(j.parts for j in crew):
            return None
        rows = sum(j.generation.samples for j in crew)
        writing = [self._until_written(j, j.rows or rows) for j in crew]
        after = [self._measured.after_writing.get(_kind(j)) for j in crew[: crew.index(job) + 1]]
        if None in writing or None in after:
            return None
        return max(s for s in writing if s is not None) + sum(s for s in after if s is not None)

    def _until_written(self, job: Job, rows: int) -> float | None:
        """Seconds until every answer of a job stands, in a batch of so many answers of each model."""
        slowest, most = 0.0, job.generation.settings.max_tokens
        for model, part in job.parts.items():
            if (writing := self._writing(model, rows)) is None:
                return None
            if not (len(job.begun) > 1 or part.error or all(a.finish for a in part.answers)):
                tokens = max(a.tokens for a in part.answers)
                left = (most - tokens) / writing.rate if tokens else writing.first + (most - 1) / writing.rate
                slowest = max(slowest, left)
        return slowest

    def _writing(self, model: str, rows: int) -> Writing | None:
        """How fast a model writes in a batch of so many, by the measured batch that is nearest in size."""
        known = self._measured.writing.get(model)
        if not known:
            return None
        nearest = min(known, key=lambda n: abs(math.log(n / rows)))
        first, rate = known[nearest]
        return Writing(first * rows / nearest, rate * (_DOUBLED_BY + nearest) / (_DOUBLED_BY + rows))


def _kind(job: Job) -> str:
    return "mix" if job.generation.weights else "live"
