"""The library database: what pages ask of it. Every query has a cursor of its own and is read-only."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from pydantic import TypeAdapter

from lib.domain import CRITERIA, CaseStudy, Criterion, Judgement, Model, ReplyLogLikelihood, Response, Run, Score
from lib.measures.differences import CheckCount
from lib.measures.likelihood import Summary

_CASE = TypeAdapter(CaseStudy)
_MODEL = TypeAdapter(Model)
_RUN = TypeAdapter(Run)
# The shipped scorer first: it is the one that a page shows until its reader picks another.
_SCORER_ORDER = "NOT starts_with(scorer, 'heads-'), scorer"
# The answers to a prompt under one template, or under each model's own, each with its place among its model's.
_ANSWERS = """
    SELECT r.run_id, r.prompt_id, r.prompt_sha, r.sample, r.model_id,
           row_number() OVER (PARTITION BY r.model_id ORDER BY r.sample, r.run_id) - 1 AS place
    FROM responses r JOIN runs u ON u.id = r.run_id LEFT JOIN models m ON m.id = r.model_id
    WHERE r.prompt_id = $prompt AND ($any_model OR list_contains($models, r.model_id))
      AND u.template = coalesce($template, m.template)"""


class LibraryCounts(NamedTuple):
    """`decided`: how often a check said yes or no of a stored answer."""

    cases: int
    prompts: int
    responses: int
    failed: int
    decided: int
    models: int
    reply_logliks: int


class Opening(NamedTuple):
    """The three words with which most of a model's answers begin, of how many answers."""

    model_id: str
    words: str
    answers: int
    of: int


class CaseFilter(NamedTuple):
    """Empty means any. Criteria: cases that name all of these."""

    criteria: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sensitivities: tuple[str, ...] = ()
    case_ids: tuple[str, ...] | None = None  # those a text search found, best first; None: no search


class CaseRow(NamedTuple):
    """What the gallery shows of a case."""

    id: str
    number: int
    title: str
    summary: str
    criteria: tuple[Criterion, ...]
    claim: str
    domain: str
    sensitivity: str
    languages: tuple[str, ...]
    prompts: int
    responses: int
    models: int


def _asked(prompt_id: str, model_ids: Sequence[str] | None, template: str | None) -> dict[str, Any]:
    """Parameters of a query over the answers to a prompt."""
    return {
        "prompt": prompt_id,
        "any_model": model_ids is None,
        "models": list(model_ids or ()),
        "template": template,
    }


def _rows(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [d[0] for d in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class Store:
    """Reads one database; safe to share between threads, since every query has a cursor of its own."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self._con = connection

    def query(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a read-only query, for the modules of this room."""
        with self._con.cursor() as cursor:
            return _rows(cursor.execute(sql, parameters or {}))

    def close(self) -> None:
        self._con.close()

    def counts(self) -> LibraryCounts:
        (row,) = self.query(
            "SELECT cases, prompts, responses, failed, models, reply_logliks, decided FROM library_counts"
        )
        return LibraryCounts(**row)

    def case_rows(self, wanted: CaseFilter = CaseFilter()) -> list[CaseRow]:
        """The cases that fit, by catalogue number; after a text search, best first."""
        rows = self.query(
            """
            SELECT c.id, c.number, c.title, c.summary, c.criteria, c.claim, c.domain, c.sensitivity, c.languages,
                   n.prompts, n.responses, n.models
            FROM cases c JOIN case_counts n USING (id)
            WHERE list_has_all(c.criteria, $criteria) AND ($claims = [] OR list_contains($claims, c.claim))
              AND ($domains = [] OR list_contains($domains, c.domain))
              AND ($languages = [] OR list_has_any(c.languages, $languages))
              AND ($sensitivities = [] OR list_contains($sensitivities, c.sensitivity))
              AND ($any_id OR list_contains($ids, c.id))
            ORDER BY list_position($ids, c.id), c.number""",
            {
                **{
                    f: list(getattr(wanted, f)) for f in ("criteria", "claims", "domains", "languages", "sensitivities")
                },
                "any_id": wanted.case_ids is None,
                "ids": list(wanted.case_ids or ()),
            },
        )
        for row in rows:
            row["criteria"], row["languages"] = tuple(row["criteria"]), tuple(row["languages"])
        return [CaseRow(**row) for row in rows]

    def case(self, case_id: str) -> CaseStudy | None:
        rows = self.query("SELECT document FROM cases WHERE id = $id", {"id": case_id})
        return _CASE.validate_json(rows[0]["document"]) if rows else None

    def models(self) -> list[Model]:
        return [
            _MODEL.validate_json(r["document"]) for r in self.query("SELECT document FROM models ORDER BY position")
        ]

    def run(self, run_id: str) -> Run | None:
        rows = self.query("SELECT document FROM runs WHERE id = $id", {"id": run_id})
        return _RUN.validate_json(rows[0]["document"]) if rows else None

    def answering_models(self, case_id: str) -> list[str]:
        """The ids of the models that have stored answers to a case, in the registry's order."""
        sql = (
            "SELECT id FROM models WHERE id IN (SELECT model_id FROM answered WHERE case_id = $case) ORDER BY position"
        )
        return [r["id"] for r in self.query(sql, {"case": case_id})]

    def other_templates(self, prompt_id: str) -> list[str]:
        """The templates under which a prompt has stored answers of a model whose own template is another."""
        sql = "SELECT DISTINCT template FROM answered WHERE prompt_id = $prompt AND NOT own_template ORDER BY 1"
        return [r["template"] for r in self.query(sql, {"prompt": prompt_id})]

    def scorers(self, prompt_id: str) -> list[str]:
        """The scorers that have scored answers to a prompt: the learned ones that are shipped first, then by name."""
        sql = f"SELECT scorer FROM scored WHERE prompt_id = $prompt ORDER BY {_SCORER_ORDER}"
        return [r["scorer"] for r in self.query(sql, {"prompt": prompt_id})]

    def sample_counts(
        self, prompt_id: str, model_ids: Sequence[str] | None = None, template: str | None = None
    ) -> dict[str, int]:
        """How many answers to a prompt are stored of each model that has any, by model id."""
        sql = """
            SELECT model_id, sum(responses)::BIGINT AS answers FROM answered
            WHERE prompt_id = $prompt AND ($any_model OR list_contains($models, model_id))
              AND CASE WHEN $template IS NULL THEN own_template ELSE template = $template END
            GROUP BY model_id"""
        return {r["model_id"]: r["answers"] for r in self.query(sql, _asked(prompt_id, model_ids, template))}

    def responses(
        self,
        prompt_id: str,
        model_ids: Sequence[str] | None = None,
        template: str | None = None,
        scorer: str | None = None,
        sample: int | None = None,
    ) -> list[Response]:
        """The answers to one prompt with the scores of one scorer, by model and sample.

        Without a template those under each model's own; without a scorer the first of `scorers`. `sample`: of each
        model only the answer in this place, from 0.
        """
        rows = self.query(
            f"""
            WITH picked AS ({_ANSWERS})
            SELECT r.* FROM responses r JOIN picked p USING (run_id, prompt_id, prompt_sha, sample)
            WHERE r.prompt_id = $prompt AND ($every OR p.place = $sample) ORDER BY r.model_id, r.sample, r.run_id""",
            {**_asked(prompt_id, model_ids, template), "every": sample is None, "sample": sample or 0},
        )
        scorer = scorer or next(iter(self.scorers(prompt_id)), None)
        scores = self._scores(rows, prompt_id, scorer) if scorer and rows else {}
        judged = self._judged(prompt_id) if rows else {}
        places = [(r["run_id"], r["sample"]) for r in rows]
        return [
            Response(**r, scores=scores.get(p, ()), judged=judged.get(p, ())) for r, p in zip(rows, places, strict=True)
        ]

    def _judged(self, prompt_id: str) -> dict[tuple[str, int], tuple[Judgement, ...]]:
        sql = "SELECT run_id, sample, check_key, says, reason FROM judged WHERE prompt_id = $prompt"
        out: dict[tuple[str, int], tuple[Judgement, ...]] = {}
        for r in self.query(sql, {"prompt": prompt_id}):
            key = (r.pop("run_id"), r.pop("sample"))
            out[key] = (*out.get(key, ()), Judgement(**r))
        return out

    def check_counts(self, case_id: str) -> list[CheckCount]:
        """What the checks of a case said of each model's answers to each prompt, under the model's own template."""
        rows = self.query(
            "SELECT prompt_id, model_id, check_key, yes, no, unknown FROM checked"
            " WHERE case_id = $case AND own_template",
            {"case": case_id},
        )
        return [CheckCount(**r) for r in rows]

    def openings(self) -> list[Opening]:
        """One for each model with an answer of three words or more, under whatever template and settings."""
        rows = self.query(
            r"WITH taken AS (SELECT model_id, regexp_extract(left(text, 200), '^\s*(\S+\s+\S+\s+\S+)', 1) AS three"
            r" FROM responses WHERE text IS NOT NULL),"
            r" begun AS (SELECT model_id, rtrim(regexp_replace(three, '\s+', ' ', 'g'), '.,;:!?') AS words FROM taken),"
            " counted AS (SELECT model_id, words, count(*) AS answers FROM begun GROUP BY model_id, words)"
            " SELECT model_id, words, answers, sum(answers) OVER (PARTITION BY model_id)::BIGINT AS of FROM counted"
            " QUALIFY words <> '' AND row_number()"
            " OVER (PARTITION BY model_id ORDER BY words = '', answers DESC, words) = 1 ORDER BY model_id"
        )
        return [Opening(**r) for r in rows]

    def summaries(
        self, prompt_id: str, scorer: str, model_ids: Sequence[str] | None = None, template: str | None = None
    ) -> dict[str, list[Summary]]:
        """One scorer's scores over all answers to a prompt, by model id, one Summary a criterion."""
        rows = self.query(
            f"""
            WITH answers AS ({_ANSWERS}), totals AS (SELECT model_id, count(*) AS total FROM answers GROUP BY model_id)
            SELECT t.model_id, c.criterion, avg(s.value) AS mean, min(s.value) AS low, max(s.value) AS high,
                   count(s.value) AS scored, any_value(t.total) AS total
            FROM totals t CROSS JOIN (SELECT unnest($criteria) AS criterion) c
            LEFT JOIN (
                SELECT a.model_id, x.aspect, x.value
                FROM scores x JOIN answers a USING (run_id, prompt_id, prompt_sha, sample)
                WHERE x.prompt_id = $prompt AND x.scorer = $scorer
            ) s ON s.model_id = t.model_id AND s.aspect = c.criterion
            GROUP BY t.model_id, c.criterion ORDER BY t.model_id, list_position($criteria, c.criterion)""",
            {**_asked(prompt_id, model_ids, template), "scorer": scorer, "criteria": list(CRITERIA)},
        )
        out: dict[str, list[Summary]] = {}
        for r in rows:
            out.setdefault(r.pop("model_id"), []).append(Summary(**r))
        return out

    def _scores(
        self, answers: Sequence[dict[str, Any]], prompt_id: str, scorer: str
    ) -> dict[tuple[str, int], tuple[Score, ...]]:
        rows = self.query(
            """
            SELECT run_id, sample, aspect, scorer, value, status, reason, low, high, label FROM scores
            WHERE prompt_id = $prompt AND scorer = $scorer AND list_contains($runs, run_id)
              AND list_contains($samples, sample)
            ORDER BY run_id, sample, list_position(['helpful', 'harmless', 'honest', 'refusal', 'tone'], aspect)""",
            {
                "prompt": prompt_id,
                "scorer": scorer,
                "runs": sorted({r["run_id"] for r in answers}),
                "samples": sorted({r["sample"] for r in answers}),
            },
        )
        out: dict[tuple[str, int], tuple[Score, ...]] = {}
        for r in rows:
            key = (r.pop("run_id"), r.pop("sample"))
            out[key] = (*out.get(key, ()), Score(**r))
        return out

    def reply_logliks(self, case_id: str, contexts: Sequence[str]) -> list[ReplyLogLikelihood]:
        rows = self.query(
            "SELECT * FROM loglik WHERE case_id = $case AND list_contains($contexts, context)",
            {"case": case_id, "contexts": list(contexts)},
        )
        return [ReplyLogLikelihood(**r) for r in rows]

    def answer_texts(self) -> Iterator[tuple[int, str, str]]:
        """What the text search looks through of the answers: (row, case id, text)."""
        with self._con.cursor() as cursor:
            cursor.execute("SELECT rowid, case_id, text FROM responses WHERE text IS NOT NULL")
            while chunk := cursor.fetchmany(10_000):
                yield from chunk


def open_library(database: Path) -> Store:
    """A read-only store over a built database, which can reach no other file."""
    # Given at connect: a path that is open already yields its live instance, which is locked against later settings.
    sealed = {"enable_external_access": "false", "lock_configuration": "true"}
    return Store(duckdb.connect(str(database), read_only=True, config=sealed))
