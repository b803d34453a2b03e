"""Scores of the stored answers: a batch at a time, sealed at the end."""

from collections.abc import Iterator, Sequence
from itertools import islice

from filelock import FileLock, Timeout

from lib.cases.fingerprint import prompt_sha
from lib.dataset import ScoreRow, score_table
from lib.domain import CaseStudy, Encoder, TrilemmaError
from lib.files import digest
from lib.paths import Paths
from lib.runs.parts import batch_files, keep_batch, seal
from lib.scoring.heads import Heads
from lib.scoring.learned import ReplyToScore, prepared, score
from lib.store.unscored import unscored

_CHUNK = 400  # answers to a batch: what a killed job loses at most


def score_missing(paths: Paths, cases: Sequence[CaseStudy], heads: Heads, reader: Encoder) -> Iterator[int]:
    """Score every stored answer that these heads have not scored; yields how many are done after each batch.

    Answers to prompts that are gone or were edited since stay unscored. What is scored is sealed at the end, also when
    the job is stopped or fails. Raises TrilemmaError where another job is scoring.
    """
    paths.local.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(paths.local / "score.lock", timeout=0):
            try:
                yield from _score_missing(paths, cases, heads, reader)
            finally:
                seal(paths, heads.card.scorer, "scores", heads.card.scorer)
    except Timeout as fault:
        raise TrilemmaError("Another job is scoring in this data folder. Wait for it to end, or stop it.") from fault


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
