"""Ratings of several people are read from four kinds of file, and what can't be used is named."""

import json

import pandas as pd
import pytest

from lib.domain import TrilemmaError
from lib.formats.ratings import read_ratings


def _file(folder, name: str, text: str):
    (folder / name).write_text(text)
    return folder / name


def test_pandalms_votes_become_comparisons_of_two_models(tmp_path):
    pair = {"idx": 3, "cmp_key": "bloom-7b_llama-7b", "annotator1": 1, "annotator2": 0, "annotator3": 2}
    rows = read_ratings(_file(tmp_path, "x.json", json.dumps([pair])))
    assert rows["won"].tolist() == [1.0, 0.5, 0.0] and set(rows["left"]) == {"bloom-7b"} and set(rows["item"]) == {"3"}


def test_bbqs_five_questions_a_row_become_five_ratings(tmp_path):
    columns = (
        {"anon_id": "7"} | {f"q{k}_uid": str(k) for k in range(1, 6)} | {f"Answer.q{k}": "ans_1" for k in range(1, 6)}
    )
    pd.DataFrame([columns]).to_csv(tmp_path / "x.csv", index=False)
    rows = read_ratings(tmp_path / "x.csv")
    assert rows["item"].tolist() == list("12345") and set(rows["person"]) == {"7"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.csv", "person,item,value\na,b,1\n", "question are missing"),
        ("x.csv", "person,item,question,value\na,b,q,1\na,b,q,2\n", "line 3: this person has rated"),
        ("x.csv", "person,item,question,value\na,b,q,\n", "line 2: value is empty"),
        ("x.csv", "person,item,question,value\n", "holds no rating"),
        ("x.json", "{", "can't be read"),
        ("x.json", '[{"idx": 1}]', "can't be read"),
        ("x.doc", "", "ratings are read from"),
    ],
)
def test_what_is_no_table_of_ratings_is_named(tmp_path, name, text, said):
    with pytest.raises(TrilemmaError, match=rf"(?s){name}.*{said}"):
        read_ratings(_file(tmp_path, name, text))
