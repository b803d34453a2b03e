"""Scores of the stored answers: files -> records -> the learned scorer -> immutable files, a few hundred answers each."""

from collections.abc import Iterator, Sequence

from lib.dataset import SCORE_SCHEMA, ResponseScores, read_table, stored_responses, write_scores
from lib.domain import CaseStudy, Encoder, Response
from lib.files import digest
from lib.paths import Paths
from lib.scoring.heads import Heads
from lib.scoring.learned import Work, read_work, score

_CHUNK = 400  # answers to a file: what a stopped job loses at most


def score_missing(paths: Paths, cases: Sequence[CaseStudy], heads: Heads, reader: Encoder) -> Iterator[int]:
    """Score every stored answer that these heads have not scored; yields how many are done after each file. Answers to prompts that are gone stay unscored."""
    by_prompt = {p.id: (p, c) for c in cases for p in c.prompts}
    name = heads.card.scorer
    held = {
        (row["run_id"], row["prompt_id"], row["sample"])
        for path in paths.scores.glob("*.parquet")
        for row in read_table(path, SCORE_SCHEMA)
        if row["scorer"] == name
    }
    todo = [
        r
        for r in stored_responses(paths)
        if r.text is not None and r.prompt_id in by_prompt and (r.run_id, r.prompt_id, r.sample) not in held
    ]
    todo.sort(key=lambda r: r.prompt_id)  # the reference replies of a prompt are read once a file
    for start in range(0, len(todo), _CHUNK):
        part = todo[start : start + _CHUNK]
        work = [Work(by_prompt[r.prompt_id][0], r.text or "", by_prompt[r.prompt_id][1]) for r in part]
        scores = score(read_work(work, reader), heads)
        made = [
            ResponseScores(r.run_id, r.prompt_id, r.sample, tuple(each)) for r, each in zip(part, scores, strict=True)
        ]
        write_scores(paths.scores / f"{name}.{digest([_place(r) for r in part])}.parquet", made)
        yield start + len(part)


def _place(response: Response) -> list:
    return [response.run_id, response.prompt_id, response.sample]
