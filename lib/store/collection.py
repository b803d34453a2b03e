"""The database of a collection: a library without cases, with foreign scores and preferences, and its queries."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from pydantic import TypeAdapter

from lib.cases.fingerprint import check_sha
from lib.domain import Check, Prompt, Response, Run
from lib.paths import Paths
from lib.store.build import Content, build
from lib.store.conditions import Wanted, conditions
from lib.store.library import Store

_PROMPT = TypeAdapter(Prompt)
_EXTRA = Path(__file__).with_name("collection.sql")
_CHUNK = 2_000


class AskedPrompt(NamedTuple):
    """A prompt in the list. `answers`: by how many models."""

    prompt_id: str
    number: int
    label: str
    models: int


class StoredMark(NamedTuple):
    scorer: str
    value: float | None
    label: str | None
    reason: str


class StoredPreference(NamedTuple):
    rater: str
    run_a: str
    sample_a: int
    model_a: str
    run_b: str
    sample_b: int
    model_b: str
    better: str | None
    score: float | None


class ModelRow(NamedTuple):
    model_id: str
    answers: int
    prompts: int
    failed: int
    empty: int
    mean_chars: float | None


class PreferenceRow(NamedTuple):
    rater: str
    model_a: str
    model_b: str
    pairs: int
    prompts: int
    a: int
    b: int
    ties: int
    failed: int


class MarkRow(NamedTuple):
    """A scorer's scores of one model. `labels`: of those that are no numbers, how often each."""

    scorer: str
    model_id: str
    scores: int
    numbers: int
    mean: float | None
    missing: int
    labels: Mapping[str, int]


class CheckRow(NamedTuple):
    check_key: str
    model_id: str
    yes: int
    no: int
    unknown: int


class CollectionStore(Store):
    """A library's queries over answers, and those that only a collection has."""

    def prompt(self, prompt_id: str) -> Prompt | None:
        rows = self.query("SELECT document FROM prompts WHERE id = $id", {"id": prompt_id})
        return _PROMPT.validate_json(rows[0]["document"]) if rows else None

    def prompts(self) -> Iterator[Prompt]:
        """Every prompt, in the order of the files."""
        with self._con.cursor() as cursor:
            cursor.execute("SELECT p.document FROM prompts p JOIN asked a ON a.prompt_id = p.id ORDER BY a.number")
            while rows := cursor.fetchmany(_CHUNK):
                yield from (_PROMPT.validate_json(document) for (document,) in rows)

    def found(self, wanted: Wanted, start: int, count: int) -> tuple[int, list[AskedPrompt]]:
        """How many prompts fit, and some of them in the order of the files or of the search."""
        where, values = conditions(wanted)
        (total,) = self.query(f"SELECT count(*) AS n FROM asked q WHERE {where}", values)
        rows = self.query(
            f"""
            WITH places AS (SELECT unnest($ids) AS id, generate_subscripts($ids, 1) AS place),
            few AS (
                SELECT q.prompt_id, q.number, q.label, s.place
                FROM asked q LEFT JOIN places s ON s.id = split_part(q.prompt_id, '/', 1) WHERE {where}
                ORDER BY s.place, q.number
                LIMIT $count OFFSET $start)
            SELECT f.prompt_id, f.number, f.label,
                   (SELECT count(DISTINCT r.model_id) FROM responses r WHERE r.prompt_id = f.prompt_id) AS models
            FROM few f ORDER BY f.place, f.number""",
            {**values, "ids": list(wanted.ids or ()), "start": start, "count": count},
        )
        return total["n"], [AskedPrompt(**r) for r in rows]

    def tags(self, prompt_id: str) -> dict[str, str]:
        rows = self.query("SELECT tags FROM asked WHERE prompt_id = $id", {"id": prompt_id})
        return rows[0]["tags"] if rows else {}

    def tags_of(self, prompt_ids: Sequence[str]) -> dict[str, str]:
        """The tags of some prompts, as JSON."""
        sql = "SELECT prompt_id, tags_json AS tags FROM asked WHERE list_contains($ids, prompt_id)"
        return {r["prompt_id"]: r["tags"] for r in self.query(sql, {"ids": list(dict.fromkeys(prompt_ids))})}

    def tag_values(self, most: int = 60) -> dict[str, dict[str, int]]:
        """The values of each tag that has few of them, with how many prompts have each."""
        rows = self.query(
            "SELECT name, value, prompts FROM tag_values WHERE name IN"
            " (SELECT name FROM tag_values GROUP BY name HAVING count(*) BETWEEN 2 AND $most)",
            {"most": most},
        )
        out: dict[str, dict[str, int]] = {}
        for r in rows:
            out.setdefault(r["name"], {})[r["value"]] = r["prompts"]
        return out

    def marks(self, prompt_id: str) -> dict[tuple[str, int], list[StoredMark]]:
        """The foreign scores of the answers to a prompt, by run and sample."""
        out: dict[tuple[str, int], list[StoredMark]] = {}
        sql = "SELECT run_id, sample, scorer, value, label, reason FROM marks WHERE prompt_id = $id"
        for r in self.query(sql, {"id": prompt_id}):
            out.setdefault((r.pop("run_id"), r.pop("sample")), []).append(StoredMark(**r))
        return out

    def preferences(self, prompt_id: str) -> list[StoredPreference]:
        columns = ", ".join(StoredPreference._fields)
        return [
            StoredPreference(**r)
            for r in self.query(
                f"SELECT {columns} FROM preferences WHERE prompt_id = $id ORDER BY number", {"id": prompt_id}
            )
        ]

    def all_scorers(self) -> list[str]:
        """The scorers of ours that have scored any answer."""
        return [r["scorer"] for r in self.query("SELECT DISTINCT scorer FROM scored ORDER BY scorer")]

    # ---- counts over the whole collection -------------------------------------------------------

    def model_rows(self) -> list[ModelRow]:
        return [ModelRow(**r) for r in self.query("SELECT * FROM model_counts")]

    def preference_rows(self) -> list[PreferenceRow]:
        return [PreferenceRow(**r) for r in self.query("SELECT * FROM preference_counts")]

    def mark_rows(self) -> list[MarkRow]:
        labels: dict[tuple[str, str], dict[str, int]] = {}
        for r in self.query("SELECT * FROM label_counts"):
            labels.setdefault((r["scorer"], r["model_id"]), {})[r["label"]] = r["scores"]
        rows = self.query("SELECT * FROM mark_counts")
        return [MarkRow(**r, labels=labels.get((r["scorer"], r["model_id"]), {})) for r in rows]

    def check_rows(self) -> list[CheckRow]:
        sql = """
            SELECT check_key, model_id, sum(yes)::BIGINT AS yes, sum(no)::BIGINT AS no, sum(unknown)::BIGINT AS unknown
            FROM checked GROUP BY ALL ORDER BY check_key, model_id"""
        return [CheckRow(**r) for r in self.query(sql)]

    def by_prompt(self, sql_name: str, **values: Any) -> list[dict[str, Any]]:
        """Numbers by prompt, for intervals over prompts: `win` of two models and a rater, or `mark` of a scorer."""
        return self.query(_BY_PROMPT[sql_name], values)

    def answer_texts(self) -> Iterator[tuple[int, str, str]]:
        """(row, prompt, text) of each answer that has a text."""
        with self._con.cursor() as cursor:
            cursor.execute("SELECT case_id, text FROM responses WHERE text IS NOT NULL")
            places = itertools.count()
            while rows := cursor.fetchmany(_CHUNK):
                yield from ((next(places), case_id, text) for case_id, text in rows)

    # ---- everything, for an export --------------------------------------------------------------

    def answers_in_chunks(self, wanted: Wanted = Wanted()) -> Iterator[list[tuple[Response, int]]]:
        """Every answer with the number of its prompt, by prompt, a few thousand at once."""
        where, values = conditions(wanted)
        with self._con.cursor() as cursor:
            cursor.execute(
                f"""
                SELECT r.*, q.number FROM responses r JOIN asked q USING (prompt_id) WHERE {where}
                ORDER BY q.number, r.model_id, r.sample""",
                values,
            )
            names = [d[0] for d in cursor.description or ()][:-1]
            while rows := cursor.fetchmany(_CHUNK):
                yield [(Response(**dict(zip(names, row[:-1], strict=True))), row[-1]) for row in rows]

    def preferences_in_chunks(self, wanted: Wanted = Wanted()) -> Iterator[list[dict[str, Any]]]:
        """Every preference with both texts, by prompt."""
        where, values = conditions(wanted)
        with self._con.cursor() as cursor:
            cursor.execute(
                f"""
                SELECT p.prompt_id, p.number, p.model_a, a.text AS text_a, p.model_b, b.text AS text_b, p.better,
                       p.score, p.rater, p.judgement, p.tags
                FROM preferences p JOIN asked q USING (prompt_id)
                    JOIN responses a ON a.run_id = p.run_a AND a.prompt_id = p.prompt_id AND a.sample = p.sample_a
                    JOIN responses b ON b.run_id = p.run_b AND b.prompt_id = p.prompt_id AND b.sample = p.sample_b
                WHERE {where} ORDER BY q.number, p.number""",
                values,
            )
            names = [d[0] for d in cursor.description or ()]
            while rows := cursor.fetchmany(_CHUNK):
                yield [dict(zip(names, row, strict=True)) for row in rows]

    def prompts_of(self, prompt_ids: Sequence[str]) -> dict[str, Prompt]:
        rows = self.query(
            "SELECT id, document FROM prompts WHERE list_contains($ids, id)", {"ids": list(dict.fromkeys(prompt_ids))}
        )
        return {r["id"]: _PROMPT.validate_json(r["document"]) for r in rows}

    def marks_of(self, prompt_ids: Sequence[str]) -> dict[tuple[str, str, int], list[StoredMark]]:
        """The foreign scores of the answers to some prompts, by prompt, run and sample."""
        out: dict[tuple[str, str, int], list[StoredMark]] = {}
        columns = "prompt_id, run_id, sample, scorer, value, label, reason"
        sql = f"SELECT {columns} FROM marks WHERE list_contains($ids, prompt_id)"
        for r in self.query(sql, {"ids": list(dict.fromkeys(prompt_ids))}):
            key = (r.pop("prompt_id"), r.pop("run_id"), r.pop("sample"))
            out.setdefault(key, []).append(StoredMark(**r))
        return out


_BY_PROMPT = {
    # 1 where `model` was better than `other`, a tie counting half; the mean over a prompt's judgements
    "win": """
        SELECT prompt_id, avg(CASE WHEN better = 'tie' THEN 0.5 WHEN (better = 'a') = (model_a = $model) THEN 1.0
                              ELSE 0.0 END) AS value
        FROM preferences
        WHERE better IS NOT NULL AND ($rater = '' OR rater = $rater)
          AND ((model_a = $model AND model_b = $other) OR (model_a = $other AND model_b = $model))
        GROUP BY prompt_id ORDER BY prompt_id""",
    "mark": """
        SELECT prompt_id, avg(value) AS value FROM marks
        WHERE scorer = $scorer AND model_id = $model AND value IS NOT NULL GROUP BY prompt_id ORDER BY prompt_id""",
    "label": """
        SELECT prompt_id, avg(CASE WHEN label = $label THEN 1.0 ELSE 0.0 END) AS value FROM marks
        WHERE scorer = $scorer AND model_id = $model AND label IS NOT NULL GROUP BY prompt_id ORDER BY prompt_id""",
}


# ---- building -----------------------------------------------------------------------------------


def content(models: Sequence[tuple[str, str]], checks: Sequence[Check]) -> Content:
    """What stands in place of cases: (id, label) of the models, and the collection's checks on each prompt."""

    def insert(con: duckdb.DuckDBPyConnection, paths: Paths) -> list[Run]:
        con.execute("INSERT INTO prompts SELECT prompt_id, case_id, prompt_sha, document FROM prompts_files")
        for position, (model_id, label) in enumerate(models):
            con.execute(
                "INSERT INTO models VALUES (?, ?, 'chat', json_object('label', ?))", [model_id, position, label]
            )
        for check in checks:
            con.execute(
                "INSERT INTO prompt_checks SELECT prompt_id, ?, ?, false FROM prompts_files",
                [check.key, check_sha(check)],
            )
        return []

    return Content(insert, (_EXTRA,))


def build_collection(paths: Paths, models: Sequence[tuple[str, str]], checks: Sequence[Check]) -> Path:
    """The database of a collection's folder, built if it is missing. Raises DataProblem where a part can't be used."""
    return build(paths, content(models, checks))


def open_collection(database: Path) -> CollectionStore:
    """A read-only store over a built database, which can reach no other file."""
    sealed = {"enable_external_access": "false", "lock_configuration": "true"}
    return CollectionStore(duckdb.connect(str(database), read_only=True, config=sealed))
