"""A value that no row can have is named when the library is built, so that no page fails on it."""

import hashlib
import json
import math
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lib.cases.replies import replies_in_context
from lib.dataset import SCHEMAS
from lib.domain import ReplyLogLikelihood
from lib.files import DataProblem
from lib.store.build import build, opened
from lib.store.rules import RULES
from tests.makers import RUN, store_checks, store_logliks, the_case

LOGLIK_RUN = replace(RUN, id="tiny-chat.ll-1", kind="log-likelihood", settings=None)
WRONG = [
    ("responses", "finish", "later"),
    ("responses", "tokens", -1),
    ("responses", "sample", -1),
    ("responses", "prompt_id", "elsewhere/plain"),
    ("responses", "model_id", "tiny-dialogue"),
    ("responses", "error", "No room."),
    ("loglik", "logprob", math.nan),
    ("loglik", "logprob", 3.0),
    ("loglik", "logprob", -math.inf),
    ("loglik", "characters", 0),
    ("loglik", "tokens", 0),
    ("loglik", "wording", 2),
    ("scores", "value", 1.7),
    ("scores", "value", math.nan),
    ("scores", "value", None),
    ("scores", "status", "maybe"),
    ("scores", "aspect", "kind"),
    ("scores", "label", "rude"),
    ("checks", "sample", -3),
]


@pytest.fixture
def whole(data):
    case = the_case(data)
    (place, *_) = replies_in_context(case)
    key = (case.id, place.reply_id, place.wording, place.context.id)
    store_logliks(data, [ReplyLogLikelihood("", "tiny-chat", *key, -12.0, 3, 14, place.sha)], LOGLIK_RUN)
    store_checks(data)
    build(data)
    return data


def _change(data, table: str, column: str, value) -> None:
    """One value of a sealed part is another, and the manifest says that this is how it was sealed."""
    (name, *_) = [n for n in json.loads(data.manifest.read_text())["parts"] if n.startswith(f"{table}/")]
    rows = pq.read_table(data.data / name).to_pylist()
    rows[0][column] = value
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMAS[table]), data.data / name)
    _seal(data, name)


def _seal(data, name: str) -> None:
    listed = json.loads(data.manifest.read_text())
    listed["parts"][name]["sha256"] = hashlib.sha256((data.data / name).read_bytes()).hexdigest()
    data.manifest.write_text(json.dumps(listed))


@pytest.mark.parametrize(("table", "column", "value"), WRONG)
def test_a_value_that_cannot_be_is_named_by_column_and_row(whole, table, column, value):
    _change(whole, table, column, value)
    with pytest.raises(DataProblem, match=rf"data/{table}: .*({column!r}|'text'|'status'|of the model)"):
        build(whole)


def test_every_column_with_a_rule_is_a_column():
    assert all(set(rules) <= set(SCHEMAS[table].names) for table, rules in RULES.items())


def test_a_flipped_bit_of_a_sealed_part_is_found_when_it_is_first_read(whole):
    part = next(whole.responses.glob("*.parquet"))
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 4
    part.write_bytes(data)
    next(whole.local.glob("library-*.duckdb")).unlink()
    with pytest.raises(DataProblem, match=rf"{part.name}: changed since it was sealed"):
        build(whole)


def test_a_library_that_was_cut_short_is_built_again(whole):
    database = build(whole)
    database.write_bytes(database.read_bytes()[:50_000])
    store = opened(whole, database)
    assert store.counts().cases == 1
    store.close()
