"""Files and records: columns from the records, and that the shipped rows are those that were made."""

import hashlib
import json
from collections import Counter
from dataclasses import asdict

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lib.dataset import SCHEMAS, DataProblem, read_runs, read_table, response_table
from lib.manifest import part_files, stored_responses
from lib.paths import ROOT, Paths
from tests.makers import response, store_answers, the_case

SHIPPED = Paths(ROOT / "data", ROOT / "casestudies")


def test_columns_are_the_fields_of_the_records():
    assert (
        SCHEMAS["responses"].names[:3] == ["run_id", "model_id", "case_id"]
        and "scores" not in SCHEMAS["responses"].names
    )
    nullable = {t: {c.name for c in schema if c.nullable} for t, schema in SCHEMAS.items()}
    assert nullable == {
        "responses": {"text", "error"},
        "loglik": set(),
        "scores": {"value", "low", "high", "label"},
        "checks": {"says"},
        "prompts": set(),
        "marks": {"value", "label"},
        "preferences": {"better", "score"},
    }


def test_answers_come_back_as_they_were_written(tiny_data):
    store_answers(tiny_data, [response(the_case(tiny_data)), response(the_case(tiny_data), sample=1, text=None)])
    first, second = stored_responses(tiny_data)
    assert (first, second.text) == (response(the_case(tiny_data), batch=first.batch, date=first.date), None)
    (part,) = part_files(tiny_data, "responses")
    assert response_table([first, second]).to_pylist() == read_table(part, SCHEMAS["responses"]).to_pylist()


# ---- the shipped data -------------------------------------------------------------------------

_CUT = "2026-11-25T18:00:00"
# Of every row of every table as they stood in a file a batch, before a run became one part.
# Of scores those that are no refusal, which was learned anew.
AS_MADE = {
    "runs": (1338, "0bd222ace8113bc12443fb4db29fdbee171a71c9ac4217115d08b1e194c29663"),
    "responses": (12586, "88783cbe1870337cfa9712d074965cff90433dc9901fc94ac03e61399f4bac83"),
    "loglik": (37925, "ad1d688c4ea562dad4cdf9b15ad42c54853dde8eb310b24b549fcd8d71f88b7f"),
}


def _fingerprint(rows: list[dict]) -> tuple[int, str]:
    lines = sorted(json.dumps(row, sort_keys=True) for row in rows)
    return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_no_value_was_changed_when_the_batches_of_a_run_were_put_together():
    """Each row, under the run id that its batch had, is the row that was made."""
    runs = {r.id: r for r in read_runs(SHIPPED.runs)}
    tables = {t: [r for f in part_files(SHIPPED, t) for r in read_table(f, s).to_pylist()] for t, s in SCHEMAS.items()}
    first = {t: [r for r in tables[t] if r["date"] < _CUT] for t in ("responses", "loglik")}
    old_id = {
        (r["run_id"], r["batch"]): f"{r['model_id']}.{r['case_id']}.{r['batch']}" for t in first.values() for r in t
    }
    dates = {(r["run_id"], r["batch"]): r["date"] for t in first.values() for r in t}
    found = {"runs": [asdict(runs[key[0]]) | {"id": name, "date": dates[key]} for key, name in old_id.items()]}
    for table, rows in first.items():
        found[table] = [r | {"run_id": old_id[r["run_id"], r["batch"]]} for r in rows]
        for r in found[table]:
            del r["batch"], r["row"], r["date"]
    assert {table: _fingerprint(rows) for table, rows in found.items()} == AS_MADE


def test_every_shipped_row_has_its_place_in_its_batch():
    """A batch can be generated again only where no place of it is missing."""
    places = Counter((r.run_id, r.batch) for r in stored_responses(SHIPPED))
    highest: dict[tuple[str, str], int] = {}
    for r in stored_responses(SHIPPED):
        highest[r.run_id, r.batch] = max(highest.get((r.run_id, r.batch), 0), r.row)
    assert {key: n - 1 for key, n in places.items()} == highest


def test_text_that_is_no_utf_8_is_named_by_its_file(tmp_path):
    bytes_of_text = pa.array([b"\xe2(", b"fine"], pa.binary())
    text = pa.StringArray.from_buffers(2, *bytes_of_text.buffers()[1:])
    schema = pa.schema([pa.field("text", pa.string())])
    pq.write_table(pa.table([text], schema=schema), tmp_path / "odd.01.parquet")
    with pytest.raises(DataProblem, match=r"odd\.01\.parquet: can't be read: .*UTF"):
        read_table(tmp_path / "odd.01.parquet", schema)
