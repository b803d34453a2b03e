"""The stored answers that a scorer hasn't scored yet, found by DuckDB in the files and not in memory."""

from collections.abc import Iterator, Sequence

import duckdb

from lib.dataset import SCHEMAS, part_files
from lib.domain import Response
from lib.paths import Paths

_CHUNK = 400


def unscored(paths: Paths, scorer: str, more_scores: Sequence[str] = ()) -> Iterator[Response]:
    """Answers with text that have no score of this scorer, by prompt, without scores.

    `more_scores`: files of scores that aren't sealed yet.
    """
    answers = [str(f) for f in part_files(paths, "responses")]
    scores = [str(f) for f in part_files(paths, "scores") if f.parent.name == scorer] + list(more_scores)
    if not answers:
        return
    columns = SCHEMAS["responses"].names
    with duckdb.connect() as con:
        con.register("none_scored", SCHEMAS["scores"].empty_table())
        scored = "SELECT * FROM read_parquet($scores)" if scores else "SELECT * FROM none_scored"
        con.execute(
            f"""
            WITH scored AS ({scored})
            SELECT {", ".join(f"r.{name}" for name in columns)}
            FROM read_parquet($answers) r
            ANTI JOIN (SELECT * FROM scored WHERE scorer = $scorer) s USING (run_id, prompt_id, prompt_sha, sample)
            WHERE r.text IS NOT NULL
            ORDER BY r.prompt_id, r.run_id, r.sample""",
            {"answers": answers, "scorer": scorer} | ({"scores": scores} if scores else {}),
        )
        while rows := con.fetchmany(_CHUNK):
            yield from (Response(**dict(zip(columns, row, strict=True))) for row in rows)
