"""Checks and scores of the stored answers: a batch at a time, sealed at the end."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from filelock import FileLock, Timeout

from lib.cases.fingerprint import check_sha, prompt_sha
from lib.dataset import CheckRow, ScoreRow, check_table, score_table
from lib.domain import CaseStudy, Encoder, TrilemmaError
from lib.files import digest
from lib.paths import Paths
from lib.runs.parts import batch_files, keep_batch, seal
from lib.scoring.checks import decide
from lib.scoring.heads import Heads
from lib.scoring.learned import ReplyToScore, prepared, score
from lib.store.unscored import unchecked, unscored

_CHUNK = 400  # answers to a batch: what a killed job loses at most
_CHECKED_AT_ONCE = 4_000
_CHECKS = "checks"  # the folder of the batches


def score_missing(paths: Paths, cases: Sequence[CaseStudy], heads: Heads, reader: Encoder) -> Iterator[int]:
    """Score every stored answer that these heads have not scored; yields how many are done after each batch.

    Answers to prompts that are gone or were edited since stay unscored. What is scored is sealed at the end, also when
    the job is stopped or fails. Raises TrilemmaError where another job is scoring.
    """
    scorer = heads.card.scorer
    with _alone(paths, "score"):
        try:
            yield from _score_missing(paths, cases, heads, reader)
        finally:
            seal(paths, scorer, "scores", scorer)


@contextmanager
def _alone(paths: Paths, job: str) -> Generator[None]:
    """Raises TrilemmaError where another job of this kind works in the same data folder."""
    paths.local.mkdir(parents=True, exist_ok=True)
    lock = FileLock(paths.local / f"{job}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as fault:
        raise TrilemmaError(
            f"Another {job} job is at work in this data folder. Wait for it to end, or stop it."
        ) from fault
    try:
        yield
    finally:
        lock.release()


def _score_missing(paths: Paths, cases: Sequence[CaseStudy], heads: Heads, reader: Encoder) -> Iterator[int]:
    known = {(p.id, prompt_sha(p.messages)): (p, c) for c in cases for p in c.prompts}
    scorer = heads.card.scorer
    begun = [str(f) for f in batch_files(paths, scorer, "scores")]
    # They come by prompt, so that the reference replies of a prompt are read once a batch.
    todo, done = (r for r in unscored(paths, scorer, begun) if (r.prompt_id, r.prompt_sha) in known), 0
    while part := list(islice(todo, _CHUNK)):
        asked = [known[r.prompt_id, r.prompt_sha] for r in part]
        replies = [ReplyToScore(p, r.text or "", case) for r, (p, case) in zip(part, asked, strict=True)]
        scores = score(prepared(replies, reader), heads)
        rows = [
            ScoreRow(r.run_id, r.prompt_id, r.prompt_sha, r.sample, s)
            for r, each in zip(part, scores, strict=True)
            for s in each
        ]
        batch = digest([[r.run_id, r.prompt_id, r.prompt_sha, r.sample] for r in part])
        keep_batch(paths, scorer, "scores", batch, score_table(rows))
        done += len(part)
        yield done


def check_missing(paths: Paths, cases: Sequence[CaseStudy]) -> Iterator[int]:
    """Decide every check of every stored answer that isn't decided; yields how many answers are done.

    What is decided is sealed at the end, also when the job is stopped or fails. Raises TrilemmaError where another job
    is at it.
    """
    with _alone(paths, "check"):
        try:
            yield from _check_missing(paths, cases)
        finally:
            seal(paths, _CHECKS, "checks")


def _check_missing(paths: Paths, cases: Sequence[CaseStudy]) -> Iterator[int]:
    known = {(p.id, c.key): (c, check_sha(c), p) for case in cases for p in case.prompts for c in case.checks_of(p)}
    wanted = [(p.id, prompt_sha(p.messages), c.key, sha) for c, sha, p in known.values()]
    begun = [str(f) for f in batch_files(paths, _CHECKS, "checks")]
    todo, done = unchecked(paths, wanted, begun), 0
    while part := list(islice(todo, _CHECKED_AT_ONCE)):
        rows = []
        for r, keys in part:
            asked = [known[r.prompt_id, key] for key in keys]
            found = decide([check for check, _, _ in asked], r.text or "", asked[0][2].language)
            place = (r.run_id, r.prompt_id, r.prompt_sha, r.sample)
            rows += [
                CheckRow(*place, check.key, sha, verdict.says, verdict.reason)
                for (check, sha, _), verdict in zip(asked, found, strict=True)
            ]
        batch = digest([[r.run_id, r.prompt_id, r.sample, keys] for r, keys in part])
        keep_batch(paths, _CHECKS, "checks", batch, check_table(rows))
        done += len(part)
        yield done
