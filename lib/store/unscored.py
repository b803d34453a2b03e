"""The stored answers that a scorer or a check hasn't seen yet, found by DuckDB in the files and not in memory."""

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from lib.dataset import SCHEMAS
from lib.domain import Response
from lib.manifest import part_files
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


def unchecked(
    paths: Paths, wanted: Sequence[tuple[str, str, str, str]], more_checks: Sequence[str] = ()
) -> Iterator[tuple[Response, list[str]]]:
    """Answers with text and the keys of the checks that they still lack, by prompt.

    `wanted`: (prompt id, prompt's hash, check's key, check's hash); `more_checks`: files that aren't sealed yet.
    """
    answers = [str(f) for f in part_files(paths, "responses")]
    files = [str(f) for f in part_files(paths, "checks")] + list(more_checks)
    if not answers or not wanted:
        return
    columns = SCHEMAS["responses"].names
    names = ("prompt_id", "prompt_sha", "check_key", "check_sha")
    with duckdb.connect() as con:
        asked = pa.table(dict(zip(names, map(list, zip(*wanted, strict=True)), strict=True)))
        con.register("wanted", asked)
        con.register("none_checked", SCHEMAS["checks"].empty_table())
        con.execute(
            f"""
            WITH checked AS ({"SELECT * FROM read_parquet($files)" if files else "SELECT * FROM none_checked"})
            SELECT {", ".join(f"any_value(r.{name})" for name in columns)}, list(w.check_key ORDER BY w.check_key)
            FROM read_parquet($answers) r JOIN wanted w USING (prompt_id, prompt_sha)
            ANTI JOIN checked c ON c.run_id = r.run_id AND c.prompt_id = r.prompt_id AND c.prompt_sha = r.prompt_sha
                AND c.sample = r.sample AND c.check_key = w.check_key AND c.check_sha = w.check_sha
            WHERE r.text IS NOT NULL
            GROUP BY r.run_id, r.prompt_id, r.prompt_sha, r.sample
            ORDER BY r.prompt_id, r.run_id, r.sample""",
            {"answers": answers} | ({"files": files} if files else {}),
        )
        while rows := con.fetchmany(_CHUNK):
            yield from ((Response(**dict(zip(columns, row[:-1], strict=True))), row[-1]) for row in rows)
