"""Files are written whole or not at all; JSON Lines and validation errors are named by line and field."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lib.domain import TrilemmaError
from lib.files import (
    DataProblem,
    check_output,
    field_faults,
    named_faults,
    read_jsonl,
    write_json,
    write_jsonl,
    write_whole,
)


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: int
    tags: list[str] = Field([], min_length=2)


def _fault(value) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Row).validate_python(value)
    return caught.value


def test_a_write_that_fails_leaves_the_old_file_and_no_scratch(tmp_path):
    path = tmp_path / "deep" / "a.json"
    write_json(path, {"ä": 1})
    assert path.read_text(encoding="utf-8") == '{\n "ä": 1\n}\n'

    def broken(scratch):
        scratch.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(path, broken)
    assert json.loads(path.read_text(encoding="utf-8")) == {"ä": 1} and list(path.parent.iterdir()) == [path]


def test_json_lines_come_back_as_written(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [{"id": 1, "tags": ["two\u2028lines", "a\nb ü"]}, {"id": 2, "tags": ["x", "y"]}]
    write_jsonl(path, rows)
    assert path.read_text(encoding="utf-8").count("\n") == 2
    assert [r.model_dump() for r in read_jsonl(path, Row)] == rows


def test_an_empty_line_is_skipped_and_still_counted(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": 1}\n\n{"id": "x"}\n')
    with pytest.raises(DataProblem, match=r"^rows\.jsonl: line 3: id: Input should be a valid integer"):
        read_jsonl(path, Row)


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"\xff\xfe\n", "cannot be read"), (b"{not json\n", r"line 1: line: Invalid JSON")],
)
def test_a_file_that_is_no_json_lines_is_named(tmp_path, content, said):
    path = tmp_path / "rows.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataProblem, match=rf"^mine: {said}"):
        read_jsonl(path, Row, name="mine")


def test_every_fault_is_named_by_file_and_dotted_field():
    fault = _fault({"id": "x", "tags": ["a", 2]})
    assert [f.field for f in field_faults(fault)] == ["id", "tags.1"]
    first, second = named_faults("a.toml", fault).splitlines()
    assert first.startswith("a.toml: id: Input should be") and second.startswith("a.toml: tags.1: Input should be")


def test_a_list_is_called_too_short_only_where_its_items_are_sound():
    assert [f.field for f in field_faults(_fault({"id": 1, "tags": ["a"]}))] == ["tags"]
    assert [f.field for f in field_faults(_fault({"id": 1, "tags": ["a", 2]}))] == ["tags.1"]


def test_an_unknown_field_is_named_alike_in_records_and_dataclasses():
    @dataclass
    class Record:
        __pydantic_config__ = ConfigDict(extra="forbid")
        id: int

    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Record).validate_python({"id": 1, "colour": "red"})
    assert named_faults("a", caught.value) == named_faults("a", _fault({"id": 1, "colour": "red"}))
    assert named_faults("a", caught.value) == "a: colour: Extra inputs are not permitted"


def test_a_fault_of_the_whole_value_is_named_too():
    assert named_faults("a.json", _fault("no object")).startswith("a.json: file: ")
    assert named_faults("a.json", _fault(3), "entry").startswith("a.json: entry: ")


def test_an_output_that_cannot_be_written_is_refused_before_any_work(tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text("{}\n")
    (tmp_path / "link.jsonl").symlink_to(rows)
    for output, why in (
        (rows, "is an input too"),
        (tmp_path / "gone" / "out.jsonl", "there is no folder"),
        (tmp_path / "link.jsonl", "is no regular file"),
        (tmp_path, "is no regular file"),
        (Path("/dev/null"), "is no regular file"),
    ):
        with pytest.raises(TrilemmaError, match=why):
            check_output(output, rows)
    check_output(tmp_path / "out.jsonl", rows)
    assert rows.read_text() == "{}\n"
