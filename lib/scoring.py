"""Scores of the stored answers: files -> records -> the scorer -> one more immutable file."""

import hashlib
from collections.abc import Sequence

from lib.criteria import SCORER, score
from lib.dataset import SCORE_SCHEMA, ResponseScores, read_responses, read_table, write_scores
from lib.domain import CaseStudy
from lib.paths import Paths


def score_missing(paths: Paths, cases: Sequence[CaseStudy]) -> int:
    """Score every stored answer that the current scorer has not scored; how many that were. Answers to cases or prompts that are gone stay unscored."""
    by_prompt = {p.id: (p, c) for c in cases for p in c.prompts}
    held = {
        (row["run_id"], row["prompt_id"], row["sample"])
        for path in paths.scores.glob("*.parquet")
        for row in read_table(path, SCORE_SCHEMA)
        if row["scorer"] == SCORER
    }
    made = []
    for path in sorted(paths.responses.glob("*.parquet")):
        for r in read_responses(path):
            if r.text is not None and r.prompt_id in by_prompt and (r.run_id, r.prompt_id, r.sample) not in held:
                prompt, case = by_prompt[r.prompt_id]
                made.append(ResponseScores(r.run_id, r.prompt_id, r.sample, tuple(score(prompt, r.text, case))))
    if made:
        name = hashlib.sha256("\n".join(f"{s.run_id}/{s.prompt_id}/{s.sample}" for s in made).encode()).hexdigest()[:12]
        write_scores(paths.scores / f"{SCORER}.{name}.parquet", made)
    return len(made)
