"""Checks and scores of the stored answers: a batch at a time, sealed at the end."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock, Timeout

from lib.cases.fingerprint import check_sha, prompt_sha
from lib.dataset import CheckRow, ScoreRow, check_table, score_table
from lib.domain import CaseStudy, Check, Encoder, Prompt, Response, TrilemmaError
from lib.files import digest
from lib.paths import Paths
from lib.runs.parts import batch_files, keep_batch, seal
from lib.scoring.checks import Verdict, decide
from lib.scoring.heads import Heads
from lib.scoring.learned import ReplyToScore, prepared, score
from lib.scoring.statements import ToJudge, judged
from lib.store.unscored import unchecked, unscored

if TYPE_CHECKING:
    from lib.scoring.statement_reader import StatementReader

_CHUNK = 400  # answers to a batch: what a killed job loses at most
_CHECKED_AT_ONCE, _JUDGED_AT_ONCE = 4_000, 64
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
    """Decide every check by words or marks of every stored answer that isn't decided; yields how many answers are done.

    What is decided is sealed at the end, also when the job is stopped or fails. Raises TrilemmaError where another job
    is at it.
    """

    def find(part: Sequence[_Lacking]) -> list[list[Verdict]]:
        return [decide(checks, r.text or "", prompt.language) for r, prompt, checks in part]

    with _alone(paths, "check"):
        yield from _check_missing(paths, cases, lambda check: not check.statement, find, _CHECKED_AT_ONCE)


def judge_missing(
    paths: Paths, cases: Sequence[CaseStudy], heads: Heads, load: "Callable[[], StatementReader]"
) -> Iterator[int]:
    """The same for the checks of statements. `load` brings the judge into memory, where any answer lacks one."""
    readers: list[StatementReader] = []

    def find(part: Sequence[_Lacking]) -> list[list[Verdict]]:
        if not readers:
            readers.append(load())
        answers = [ToJudge(checks, prompt.messages, r.text or "") for r, prompt, checks in part]
        found = judged(answers, heads, readers[0].states)
        return [
            decide(a.checks, a.text, each.prompt.language, j) for a, each, j in zip(answers, part, found, strict=True)
        ]

    with _alone(paths, "check"):
        yield from _check_missing(paths, cases, lambda check: bool(check.statement), find, _JUDGED_AT_ONCE)


class _Lacking(NamedTuple):
    """An answer and the checks that it lacks."""

    response: Response
    prompt: Prompt
    checks: list[Check]


def _check_missing(
    paths: Paths,
    cases: Sequence[CaseStudy],
    chosen: Callable[[Check], bool],
    find: Callable[[Sequence[_Lacking]], list[list[Verdict]]],
    at_once: int,
) -> Iterator[int]:
    """Let `find` decide the chosen checks, so many answers at once, and seal what it found."""
    known = {(p.id, c.key): (c, p) for s in cases for p in s.prompts for c in s.checks_of(p) if chosen(c)}
    wanted = [(p.id, prompt_sha(p.messages), c.key, check_sha(c)) for c, p in known.values()]
    begun = [str(f) for f in batch_files(paths, _CHECKS, "checks")]
    todo, done = unchecked(paths, wanted, begun), 0
    try:
        while batch := list(islice(todo, at_once)):
            part = [
                _Lacking(r, known[r.prompt_id, keys[0]][1], [known[r.prompt_id, k][0] for k in keys])
                for r, keys in batch
            ]
            rows = [
                CheckRow(r.run_id, r.prompt_id, r.prompt_sha, r.sample, check.key, check_sha(check), v.says, v.reason)
                for (r, _, checks), verdicts in zip(part, find(part), strict=True)
                for check, v in zip(checks, verdicts, strict=True)
            ]
            name = digest([[r.run_id, r.prompt_id, r.sample, keys] for r, keys in batch])
            keep_batch(paths, _CHECKS, "checks", name, check_table(rows))
            done += len(part)
            yield done
    finally:
        seal(paths, _CHECKS, "checks")
