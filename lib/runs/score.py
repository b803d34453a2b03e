"""Checks and scores of the stored answers: a shard at a time, sealed at the end."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from filelock import FileLock, Timeout

from lib.cases.fingerprint import check_sha, prompt_sha
from lib.dataset import CheckRow, ScoreRow, check_table, score_table
from lib.domain import CaseStudy, Check, Encoder, Prompt, Response, TrilemmaError
from lib.files import digest
from lib.paths import Paths
from lib.runs.parts import batch_files, is_kept, keep_batch, seal
from lib.runs.shards import Carry, Sharded, counted, here
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
_T = TypeVar("_T")


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


def _batches(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch


# ---- scores -----------------------------------------------------------------------------------


class _Unscored(NamedTuple):
    response: Response
    prompt: Prompt


def score_missing(
    paths: Paths, cases: Sequence[CaseStudy], heads: Heads, load: Callable[[], Encoder], carry: Carry = here
) -> Iterator[int]:
    """Score every stored answer that these heads have not scored; yields how many are done after each batch.

    `load` brings the reading model into memory, where any answer lacks a score. Answers to prompts that are gone or
    were edited since stay unscored. What is scored is sealed at the end, also when the job is stopped or fails. Raises
    TrilemmaError where another job is scoring.
    """
    scorer = heads.card.scorer
    known = {(p.id, prompt_sha(p.messages)): p for c in cases for p in c.prompts}
    with _alone(paths, "score"):
        begun = [str(f) for f in batch_files(paths, scorer, "scores")]
        found = ((r, known.get((r.prompt_id, r.prompt_sha))) for r in unscored(paths, scorer, begun))
        shards = _batches((_Unscored(r, prompt) for r, prompt in found if prompt), _CHUNK)
        try:
            yield from counted(carry(Sharded(shards, partial(_scoring, paths, heads, load), in_memory=True)))
        finally:
            seal(paths, scorer, "scores", scorer)


def _scoring(paths: Paths, heads: Heads, load: Callable[[], Encoder]) -> Callable[[Sequence[_Unscored]], Iterator[int]]:
    return partial(_score_batch, paths, heads, load())


def _score_batch(paths: Paths, heads: Heads, reader: Encoder, batch: Sequence[_Unscored]) -> Iterator[int]:
    scorer = heads.card.scorer
    name = digest([[r.run_id, r.prompt_id, r.prompt_sha, r.sample] for r, _ in batch])
    if not is_kept(paths, scorer, "scores", name):
        replies = [ReplyToScore(prompt, r.text or "") for r, prompt in batch]
        rows = [
            ScoreRow(r.run_id, r.prompt_id, r.prompt_sha, r.sample, s)
            for (r, _), each in zip(batch, score(prepared(replies, reader), heads), strict=True)
            for s in each
        ]
        keep_batch(paths, scorer, "scores", name, score_table(rows))
    yield len(batch)


# ---- checks -----------------------------------------------------------------------------------


class _Lacking(NamedTuple):
    """An answer and the checks that it lacks."""

    response: Response
    prompt: Prompt
    checks: list[Check]


_Find = Callable[[Sequence[_Lacking]], list[list[Verdict]]]


def check_missing(paths: Paths, cases: Sequence[CaseStudy], carry: Carry = here) -> Iterator[int]:
    """Decide every check by words or marks of every stored answer that isn't decided; yields how many answers are done.

    What is decided is sealed at the end, also when the job is stopped or fails. Raises TrilemmaError where another job
    is at it.
    """
    with _alone(paths, "check"):
        shards = _lacking(paths, cases, lambda check: not check.statement, _CHECKED_AT_ONCE)
        yield from _check(paths, Sharded(shards, partial(_deciding, paths), in_memory=False), carry)


def judge_missing(
    paths: Paths,
    cases: Sequence[CaseStudy],
    heads: Heads,
    load: "Callable[[], StatementReader]",
    carry: Carry = here,
) -> Iterator[int]:
    """The same for the checks of statements. `load` brings the judge into memory, where any answer lacks one."""
    with _alone(paths, "check"):
        shards = _lacking(paths, cases, lambda check: bool(check.statement), _JUDGED_AT_ONCE)
        yield from _check(paths, Sharded(shards, partial(_judging, paths, heads, load), in_memory=True), carry)


def _lacking(
    paths: Paths, cases: Sequence[CaseStudy], chosen: Callable[[Check], bool], at_once: int
) -> Iterator[list[_Lacking]]:
    """The answers that lack some of the chosen checks, so many at once."""
    known = {(p.id, c.key): (c, p) for s in cases for p in s.prompts for c in s.checks_of(p) if chosen(c)}
    wanted = [(p.id, prompt_sha(p.messages), c.key, check_sha(c)) for c, p in known.values()]
    begun = [str(f) for f in batch_files(paths, _CHECKS, "checks")]
    found = (
        _Lacking(r, known[r.prompt_id, keys[0]][1], [known[r.prompt_id, k][0] for k in keys])
        for r, keys in unchecked(paths, wanted, begun)
    )
    return _batches(found, at_once)


def _check(paths: Paths, job: Sharded[Sequence[_Lacking]], carry: Carry) -> Iterator[int]:
    try:
        yield from counted(carry(job))
    finally:
        seal(paths, _CHECKS, "checks")


def _deciding(paths: Paths) -> Callable[[Sequence[_Lacking]], Iterator[int]]:
    return partial(_check_batch, paths, _decided)


def _judging(
    paths: Paths, heads: Heads, load: "Callable[[], StatementReader]"
) -> Callable[[Sequence[_Lacking]], Iterator[int]]:
    return partial(_check_batch, paths, partial(_judged, heads, load()))


def _decided(batch: Sequence[_Lacking]) -> list[list[Verdict]]:
    return [decide(checks, r.text or "", prompt.language) for r, prompt, checks in batch]


def _judged(heads: Heads, reader: "StatementReader", batch: Sequence[_Lacking]) -> list[list[Verdict]]:
    answers = [ToJudge(checks, prompt.messages, r.text or "") for r, prompt, checks in batch]
    found = judged(answers, heads, reader.states)
    return [decide(a.checks, a.text, each.prompt.language, j) for a, each, j in zip(answers, batch, found, strict=True)]


def _check_batch(paths: Paths, find: _Find, batch: Sequence[_Lacking]) -> Iterator[int]:
    """Let `find` decide a batch, and keep what it found."""
    places = [(r.run_id, r.prompt_id, r.prompt_sha, r.sample) for r, _, _ in batch]
    name = digest([places, [[(c.key, check_sha(c)) for c in checks] for _, _, checks in batch]])
    if not is_kept(paths, _CHECKS, "checks", name):
        rows = [
            CheckRow(r.run_id, r.prompt_id, r.prompt_sha, r.sample, check.key, check_sha(check), v.says, v.reason)
            for (r, _, checks), verdicts in zip(batch, find(batch), strict=True)
            for check, v in zip(checks, verdicts, strict=True)
        ]
        keep_batch(paths, _CHECKS, "checks", name, check_table(rows))
    yield len(batch)
