"""DuckDB: every SQL query of the product. The library database is built from the files; what people make lies in a second file beside it."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from filelock import FileLock
from pydantic import TypeAdapter

from lib.cases.files import read_cases
from lib.cases.fingerprint import prompt_sha
from lib.cases.replies import replies_in_context
from lib.dataset import LOGLIK_SCHEMA, RESPONSE_SCHEMA, SCORE_SCHEMA, check_schema, data_files, read_runs
from lib.domain import (
    AdapterSource,
    CaseStudy,
    Criterion,
    Model,
    Prompt,
    ReplyLogLikelihood,
    Response,
    Run,
    Score,
)
from lib.files import DataProblem
from lib.models.registry import read_models
from lib.paths import Paths

_SCHEMA = Path(__file__).with_name("schema.sql")
_CASE = TypeAdapter(CaseStudy)
_PROMPT = TypeAdapter(Prompt)
_MODEL = TypeAdapter(Model)
_RUN = TypeAdapter(Run)
_PARQUET = {"responses": RESPONSE_SCHEMA, "scores": SCORE_SCHEMA, "reply_loglik": LOGLIK_SCHEMA}


class LibraryCounts(NamedTuple):
    cases: int
    prompts: int
    responses: int
    failed: int
    scored: int
    models: int
    reply_logliks: int


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


# ---- building ---------------------------------------------------------------------------------


def content_key(paths: Paths) -> str:
    """A hash of the schema and of every data file, names and contents: another key means another database."""
    total = hashlib.sha256(_SCHEMA.read_bytes())
    for path in data_files(paths):
        total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def build(paths: Paths) -> Path:
    """The database for the files as they are now, built if it is missing; older ones are removed.

    Raises CaseProblems, ModelProblems or DataProblem where a file cannot be used; what was built before stays.
    """
    target = paths.local / f"library-{content_key(paths)}.duckdb"
    if target.exists():
        return target
    paths.local.mkdir(parents=True, exist_ok=True)
    with FileLock(paths.local / "build.lock"):
        if not target.exists():
            scratch = target.with_suffix(".building")
            scratch.unlink(missing_ok=True)
            _fill(paths, scratch)
            scratch.replace(target)
        _remove_older(paths.local, target)
    return target


def _remove_older(folder: Path, keep: Path) -> None:
    for old in folder.glob("library-*.duckdb"):
        if old != keep:
            try:
                old.unlink()
            except PermissionError:
                continue  # Windows: another process still reads it; the next build removes it


def _fill(paths: Paths, target: Path) -> None:
    tables = {"responses": paths.responses, "scores": paths.scores, "reply_loglik": paths.loglik}
    files = {
        table: sorted(p for p in folder.glob("*.parquet") if not p.name.startswith("."))
        for table, folder in tables.items()
    }
    # After the list of their files: a job that writes meanwhile writes a run's file first.
    cases, models, runs = read_cases(paths.cases), read_models(paths.models), read_runs(paths.runs)
    with duckdb.connect(str(target)) as con:
        con.execute(_SCHEMA.read_text())
        con.begin()
        for case in cases:
            _insert_case(con, case)
        for position, model in enumerate(models):
            con.execute(
                "INSERT INTO models VALUES (?, ?, ?, ?)",
                [model.id, position, model.template, _MODEL.dump_json(model).decode()],
            )
        for run in runs:
            _insert_run(con, run)
        for table, own in files.items():
            _copy_parquet(con, table, own)
        _check_references(con)
        tuned = {m.id: m.source.sha256 for m in models if isinstance(m.source, AdapterSource)}
        _drop_outdated(con, [r.id for r in runs if tuned.get(r.model_id, r.model_sha256) != r.model_sha256])
        con.commit()


def _insert_case(con: duckdb.DuckDBPyConnection, case: CaseStudy) -> None:
    fields = [
        case.id,
        case.number,
        case.title,
        case.summary,
        case.claim,
        case.domain,
        case.sensitivity,
        list(case.criteria),
        list(case.languages),
    ]
    con.execute("INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [*fields, _CASE.dump_json(case).decode()])
    for prompt in case.prompts:
        con.execute(
            "INSERT INTO prompts VALUES (?, ?, ?, ?)",
            [prompt.id, case.id, prompt_sha(prompt.messages), _PROMPT.dump_json(prompt).decode()],
        )
    texts = [[r.reply_id, r.wording, r.context.id, r.sha] for r in replies_in_context(case)]
    con.executemany("INSERT INTO reply_texts VALUES (?, ?, ?, ?)", texts)


def _insert_run(con: duckdb.DuckDBPyConnection, run: Run) -> None:
    con.execute(
        "INSERT INTO runs VALUES (?, ?, ?, ?, ?)",
        [run.id, run.model_id, run.kind, run.template, _RUN.dump_json(run).decode()],
    )


def _copy_parquet(con: duckdb.DuckDBPyConnection, table: str, files: Sequence[Path]) -> None:
    for path in files:
        check_schema(path, _PARQUET[table])
    if files:
        con.execute(
            f"INSERT INTO {table} BY NAME SELECT {', '.join(_PARQUET[table].names)} FROM read_parquet($files)",
            {"files": list(map(str, files))},
        )


def _check_references(con: duckdb.DuckDBPyConnection) -> None:
    """Every row belongs to a run that has its file, and stands once."""
    for table in _PARQUET:
        orphan = con.execute(
            f"SELECT run_id FROM {table} ANTI JOIN runs ON runs.id = {table}.run_id LIMIT 1"
        ).fetchone()
        if orphan:
            raise DataProblem(
                f"{orphan[0]}: data/{table} has rows of this run, but data/runs has no file {orphan[0]}.json"
            )
    twice = con.execute(
        "SELECT run_id, prompt_id, sample FROM responses GROUP BY ALL HAVING count(*) > 1 LIMIT 1"
    ).fetchone()
    if twice:
        raise DataProblem(f"{twice[0]}: the response to {twice[1]}, sample {twice[2]}, stands more than once")


def _drop_outdated(con: duckdb.DuckDBPyConnection, gone: Sequence[str]) -> None:
    """What stays in its file and out of the library: answers to a prompt as it no longer reads, likelihoods of a changed wording or under another template than the model's own,
    and the runs `gone`, of adapters that were trained again since.
    """
    for table in ("responses", "reply_loglik"):
        con.execute(f"DELETE FROM {table} WHERE list_contains($gone, run_id)", {"gone": list(gone)})
    con.execute("DELETE FROM responses WHERE (prompt_id, prompt_sha) NOT IN (SELECT id, prompt_sha FROM prompts)")
    con.execute(
        "DELETE FROM scores WHERE (run_id, prompt_id, sample) NOT IN (SELECT run_id, prompt_id, sample FROM responses)"
    )
    con.execute(
        "DELETE FROM reply_loglik WHERE (reply_id, wording, context, text_sha) NOT IN (SELECT reply_id, wording,"
        " context, text_sha FROM reply_texts)"
    )
    con.execute(
        "DELETE FROM reply_loglik WHERE run_id IN (SELECT r.id FROM runs r JOIN models m ON m.id = r.model_id WHERE"
        " m.template <> r.template)"
    )


# ---- reading ----------------------------------------------------------------------------------


def _rows(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [d[0] for d in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class Store:
    """Reads one database; safe to share between threads, since every query has a cursor of its own."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self._con = connection

    def _query(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        with self._con.cursor() as cursor:
            return _rows(cursor.execute(sql, parameters or {}))

    def close(self) -> None:
        self._con.close()

    def counts(self) -> LibraryCounts:
        return LibraryCounts(
            **self._query("""
                SELECT (SELECT count(*) FROM cases) AS cases, (SELECT count(*) FROM prompts) AS prompts, count(*) AS responses,
                       count(*) FILTER (text IS NULL) AS failed,
                       (SELECT count(*) FROM (SELECT DISTINCT run_id, prompt_id, sample FROM scores WHERE value IS NOT NULL AND aspect IN ('helpful', 'harmless', 'honest'))) AS scored,
                       count(DISTINCT model_id) AS models, (SELECT count(*) FROM reply_loglik) AS reply_logliks
                FROM responses""")[0]
        )

    def case_rows(self, wanted: CaseFilter = CaseFilter()) -> list[CaseRow]:
        """The cases that fit, by catalogue number; after a text search, best first."""
        rows = self._query(
            """
            SELECT c.id, c.number, c.title, c.summary, c.criteria, c.claim, c.domain, c.sensitivity, c.languages,
                   (SELECT count(*) FROM prompts p WHERE p.case_id = c.id) AS prompts,
                   (SELECT count(*) FROM responses r WHERE r.case_id = c.id) AS responses,
                   (SELECT count(DISTINCT r.model_id) FROM responses r WHERE r.case_id = c.id) AS models
            FROM cases c
            WHERE list_has_all(c.criteria, $criteria) AND ($claims = [] OR list_contains($claims, c.claim))
              AND ($domains = [] OR list_contains($domains, c.domain)) AND ($languages = [] OR list_has_any(c.languages, $languages))
              AND ($sensitivities = [] OR list_contains($sensitivities, c.sensitivity)) AND ($any_id OR list_contains($ids, c.id))
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
        rows = self._query("SELECT document FROM cases WHERE id = $id", {"id": case_id})
        return _CASE.validate_json(rows[0]["document"]) if rows else None

    def models(self) -> list[Model]:
        return [
            _MODEL.validate_json(r["document"]) for r in self._query("SELECT document FROM models ORDER BY position")
        ]

    def run(self, run_id: str) -> Run | None:
        rows = self._query("SELECT document FROM runs WHERE id = $id", {"id": run_id})
        return _RUN.validate_json(rows[0]["document"]) if rows else None

    def answering_models(self, case_id: str) -> list[str]:
        """The ids of the models that have stored answers to a case, in the registry's order."""
        sql = (
            "SELECT id FROM models WHERE id IN (SELECT model_id FROM responses WHERE case_id = $case) ORDER BY position"
        )
        return [r["id"] for r in self._query(sql, {"case": case_id})]

    def other_templates(self, prompt_id: str) -> list[str]:
        """The templates under which a prompt has stored answers of a model whose own template is another."""
        sql = """
            SELECT DISTINCT u.template FROM responses r JOIN runs u ON u.id = r.run_id JOIN models m ON m.id = r.model_id
            WHERE r.prompt_id = $prompt AND u.template <> m.template ORDER BY 1"""
        return [r["template"] for r in self._query(sql, {"prompt": prompt_id})]

    def responses(
        self, prompt_id: str, model_ids: Sequence[str] | None = None, template: str | None = None
    ) -> list[Response]:
        """The answers to one prompt with their scores, by model and sample; without a template those under each model's own."""
        rows = self._query(
            """
            SELECT r.* FROM responses r JOIN runs u ON u.id = r.run_id LEFT JOIN models m ON m.id = r.model_id
            WHERE r.prompt_id = $prompt AND ($any_model OR list_contains($models, r.model_id)) AND u.template = coalesce($template, m.template)
            ORDER BY r.model_id, r.sample, r.run_id""",
            {
                "prompt": prompt_id,
                "any_model": model_ids is None,
                "models": list(model_ids or ()),
                "template": template,
            },
        )
        scores = self._scores(sorted({r["run_id"] for r in rows}), prompt_id)
        return [Response(**r, scores=scores.get((r["run_id"], r["sample"]), ())) for r in rows]

    def _scores(self, run_ids: list[str], prompt_id: str) -> dict[tuple[str, int], tuple[Score, ...]]:
        rows = self._query(
            """
            SELECT run_id, sample, aspect, scorer, value, status, reason, low, high, label FROM scores
            WHERE prompt_id = $prompt AND list_contains($runs, run_id)
            ORDER BY run_id, sample, list_position(['helpful', 'harmless', 'honest', 'refusal', 'tone'], aspect)""",
            {"prompt": prompt_id, "runs": run_ids},
        )
        out: dict[tuple[str, int], tuple[Score, ...]] = {}
        for r in rows:
            key = (r.pop("run_id"), r.pop("sample"))
            out[key] = (*out.get(key, ()), Score(**r))
        return out

    def reply_logliks(self, case_id: str, contexts: Sequence[str]) -> list[ReplyLogLikelihood]:
        rows = self._query(
            "SELECT * FROM reply_loglik WHERE case_id = $case AND list_contains($contexts, context)",
            {"case": case_id, "contexts": list(contexts)},
        )
        return [ReplyLogLikelihood(**r) for r in rows]

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """What the text search looks through: (case id, kind, text), kind being case, prompt or answer."""
        for row in self._query("SELECT document FROM cases"):
            case = _CASE.validate_json(row["document"])
            story = "\n".join(
                (case.title, case.summary, *case.sections.values(), *case.key_points, *(q.text for q in case.questions))
            )
            yield case.id, "case", story
            for prompt in case.prompts:
                yield case.id, "prompt", prompt.text
        with self._con.cursor() as cursor:
            cursor.execute("SELECT case_id, text FROM responses WHERE text IS NOT NULL")
            while chunk := cursor.fetchmany(10_000):
                for case_id, text in chunk:
                    yield case_id, "answer", text


def open_library(database: Path) -> Store:
    """A read-only store over a built database, which can reach no other file."""
    con = duckdb.connect(str(database), read_only=True)
    con.execute("SET enable_external_access = false; SET lock_configuration = true")
    return Store(con)


# ---- what people make -------------------------------------------------------------------------
