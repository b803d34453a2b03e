"""Several people's ratings of the same things, from four kinds of file, as rows of who rated what how."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from lib.domain import PackageMissing, TrilemmaError

# `left`, `right` and `won` are filled where two models' answers were compared: won 1 the left one, 0.5 a tie.
COLUMNS = ("person", "item", "question", "value", "left", "right", "won")
_NEEDED = COLUMNS[:4]
_MOST_BYTES = 50_000_000
_TULU = {
    "a-is-better": 1.0,
    "a-is-slightly-better": 1.0,
    "tie": 0.5,
    "b-is-slightly-better": 0.0,
    "b-is-better": 0.0,
}
_PANDALM = {1: 1.0, 0: 0.5, 2: 0.0}


def read_ratings(file: Path) -> pd.DataFrame:
    """The rows of a file of ratings, COLUMNS as text but `won`. Raises TrilemmaError, naming what is wrong.

    Known: a CSV with `person`, `item`, `question` and `value`; PandaLM's test set (JSON); BBQ's validations (CSV);
    Tulu's human evaluation (Excel).
    """
    if not file.is_file():
        raise TrilemmaError(f"{file.name}: there is no such file")
    if file.stat().st_size > _MOST_BYTES:
        raise TrilemmaError(f"{file.name}: larger than {_MOST_BYTES:,} bytes, which no table of ratings should be")
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {".json": _pandalm, ".csv": _csv, ".xlsx": _tulu}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise TrilemmaError(f"{file.name}: ratings are read from {', '.join(readers)}")
    try:
        rows = reader(file)
    except (ValueError, KeyError, TypeError, UnicodeDecodeError) as fault:
        raise TrilemmaError(f"{file.name}: can't be read as ratings: {fault}") from fault
    if rows.empty:
        raise TrilemmaError(f"{file.name}: holds no rating")
    return rows.reindex(columns=list(COLUMNS)).reset_index(drop=True)


def _csv(file: Path) -> pd.DataFrame:
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    if "anon_id" in table:
        return _bbq(table)
    if missing := [c for c in _NEEDED if c not in table]:
        raise ValueError(f"the columns {', '.join(missing)} are missing")
    for column in _NEEDED:
        if len(empty := table.index[table[column].str.strip() == ""]):
            raise ValueError(f"line {empty[0] + 2}: {column} is empty")
    if twice := table.index[table.duplicated(["person", "item", "question"])].tolist():
        raise ValueError(f"line {twice[0] + 2}: this person has rated this item on this question before")
    if "won" in table:
        table["won"] = pd.to_numeric(table["won"].replace("", None))
    return table


def _bbq(table: pd.DataFrame) -> pd.DataFrame:
    """Five questions a row, each answered by the person of the row."""
    parts = [
        pd.DataFrame({"person": table["anon_id"], "item": table[f"q{k}_uid"], "value": table[f"Answer.q{k}"]})
        for k in range(1, 6)
    ]
    return pd.concat(parts).assign(question="answer")


def _pandalm(file: Path) -> pd.DataFrame:
    """Three annotators a pair of answers; `cmp_key` names the models, joined by an underscore."""
    pairs: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8-sig"))
    rows = []
    for pair in pairs:
        left, _, right = pair["cmp_key"].partition("_")
        for person in ("annotator1", "annotator2", "annotator3"):
            value = pair[person]
            rows.append((person, str(pair["idx"]), "better", str(value), left, right, _PANDALM[value]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _tulu(file: Path) -> pd.DataFrame:
    """One judgement a row, in words. Of a person's second judgement of an instance the last one counts.

    Models may change sides between two people's rows: the first by name is the left one here.
    """
    try:
        table = pd.read_excel(file, engine="calamine")
    except ImportError as fault:
        missing = ModuleNotFoundError(str(fault), name="python-calamine")
        raise PackageMissing("An Excel file", missing, "lib/studies/requirements.txt") from fault
    won = table["preference"].map(_TULU)
    if won.isna().any():
        raise ValueError(f"preference {table['preference'][won.isna()].iloc[0]!r} is unknown")
    turned = table["model_a"] > table["model_b"]
    left = table["model_a"].where(~turned, table["model_b"])
    right = table["model_b"].where(~turned, table["model_a"])
    won = won.where(~turned, 1 - won)
    item = table["instance_id"].astype(str) + "/" + left + "/" + right
    rows = pd.DataFrame({"person": table["evaluator"].astype(str), "item": item, "question": "better"})
    rows = rows.assign(value=won.map({1.0: "left", 0.5: "tie", 0.0: "right"}), left=left, right=right, won=won)
    return rows.drop_duplicates(["person", "item"], keep="last")
