"""What the values of each column may be: held when the library is built, so that no page can fail on one."""

from collections.abc import Mapping
from typing import get_args

import duckdb

from lib.dataset import KEYS, SCHEMAS
from lib.domain import Aspect, Finish, RefusalLabel, ScoreStatus
from lib.files import DataProblem


def _one_of(column: str, words: object) -> str:
    return f"{column} IN {get_args(words)}"


_PLACE = {"run_id": "run_id <> ''", "prompt_id": "contains(prompt_id, '/')", "sample": "sample >= 0"}
_BOUND = "isfinite({0}) AND (aspect = 'tone' OR {0} BETWEEN 0 AND 1)"  # a probability; tone is in nats
# Table -> column -> what holds for every row where it isn't null.
RULES: Mapping[str, Mapping[str, str]] = {
    "responses": {
        **_PLACE,
        "prompt_id": "starts_with(prompt_id, case_id || '/')",
        "finish": f"{_one_of('finish', Finish)} AND (finish = 'error') = (text IS NULL)",
        "rendered": "rendered <> '' OR error IS NOT NULL",
        "text": "error IS NULL",
        "error": "finish = 'error'",
        "tokens": "tokens >= 0",
        "row": "row >= 0",
    },
    "loglik": {
        "run_id": "run_id <> ''",
        "reply_id": "starts_with(reply_id, case_id || '/')",
        "wording": "wording IN (0, 1)",
        "logprob": "isfinite(logprob) AND logprob <= 0",
        "tokens": "tokens > 0",
        "characters": "characters > 0",
        "row": "row >= 0",
    },
    "scores": {
        **_PLACE,
        "aspect": _one_of("aspect", Aspect),
        "scorer": "scorer <> ''",
        "status": f"{_one_of('status', ScoreStatus)} AND (status = 'scored') = (value IS NOT NULL)",
        "value": _BOUND.format("value"),
        "low": f"({_BOUND.format('low')}) AND low <= high",
        "high": _BOUND.format("high"),
        "label": f"aspect = 'refusal' AND {_one_of('label', RefusalLabel)}",
    },
    "checks": {**_PLACE, "check_key": "check_key <> ''"},
    "prompts": {"prompt_id": "prompt_id = case_id || '/asked'", "number": "number >= 0", "label": "label <> ''"},
    "marks": {**_PLACE, "scorer": "scorer <> ''", "value": "isfinite(value)"},
    "preferences": {
        "prompt_id": "contains(prompt_id, '/')",
        "better": "better IN ('a', 'b', 'tie')",
        "score": "isfinite(score)",
    },
}


def check_values(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Raises DataProblem, naming column, value and row, where a row of `<table>_files` breaks a rule."""
    rules = {column: f"({column} IS NULL OR coalesce({rule}, false))" for column, rule in RULES[table].items()}
    held = con.execute(f"SELECT {', '.join(f'bool_and{rule}' for rule in rules.values())} FROM {table}_files")
    for column, holds in zip(rules, held.fetchone() or (), strict=True):
        if holds is False:
            wrong = f"SELECT {', '.join((column, *KEYS[table]))} FROM {table}_files WHERE NOT {rules[column]} LIMIT 1"
            value, *row = con.execute(wrong).fetchone() or [None] * (1 + len(KEYS[table]))
            named = ", ".join(f"{k} {v}" for k, v in zip(KEYS[table], row, strict=True))
            raise DataProblem(f"data/{table}: column {column!r} can't be {value!r:.80} here ({named})")
    if "model_id" in SCHEMAS[table].names:
        _check_models(con, table)


def _check_models(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Raises DataProblem where rows name another model than their run does."""
    foreign = con.execute(
        f"SELECT f.run_id, f.model_id, r.model_id FROM {table}_files f JOIN runs r ON r.id = f.run_id"
        " WHERE f.model_id <> r.model_id LIMIT 1"
    ).fetchone()
    if foreign:
        run, named, own = foreign
        raise DataProblem(f"data/{table}: run {run} has rows of the model {named!r}, and is a run of {own!r}")
