"""Each format is recognised from its content alone and read with its traps; what can't be read is named."""

import json

import pytest

from lib.formats.items import Answer, BadImport, NoAnswers, Preference
from lib.formats.recognise import FORMATS, recognised
from lib.formats.sources import Source
from tests.formats.foreign import FOREIGN


def _items(tmp_path, name: str, data: bytes) -> list:
    file = tmp_path / name
    file.write_bytes(data)
    return list(recognised(Source(file)).read(None))


@pytest.mark.parametrize("name", FOREIGN)
def test_a_format_is_known_by_its_content_whatever_the_file_is_called(name, tmp_path):
    foreign = FOREIGN[name]()
    file = tmp_path / "data.bin"
    file.write_bytes(foreign.data)
    found = recognised(Source(file))
    items = list(found.read(None))
    assert found.format == foreign.format
    assert sum(isinstance(i, Answer) for i in items) == foreign.answers
    assert sum(isinstance(i, Preference) for i in items) == foreign.preferences


def test_every_format_has_a_file_here():
    made = {FOREIGN[name]().format for name in FOREIGN}
    alone = {"lm-eval results", "MT-bench or Arena-Hard questions", "Trilemma answers"}  # without answers; of our own
    assert set(FORMATS) - made == alone


def _answers(tmp_path, name: str) -> list[Answer]:
    return [i for i in _items(tmp_path, name, FOREIGN[name]().data) if isinstance(i, Answer)]


def test_a_reply_of_parts_is_its_text_and_attachments_are_put_back(tmp_path):
    first, second, failed = _answers(tmp_path, "log.eval")
    assert (first.text, first.messages[-1].content, first.tokens) == ("Paris", "Capital of France, 1?", 3)
    assert (failed.text, failed.error) == (None, "out of money")
    marks = {m.scorer: (m.value, m.label) for m in (*first.marks, *second.marks)}
    assert marks == {
        "letters": (None, "B"),
        "both/one": (None, "NaN"),
        "both/two": (1.0, None),
        "list": (None, "[true, false]"),
    }


@pytest.mark.parametrize(
    ("name", "scorers"),
    [
        ("samples.jsonl", {"exact_match (strict)", "exact_match (loose)"}),
        ("samples_old.jsonl", {"exact_match", "exact_match (filter 2, not named)"}),
    ],
)
def test_a_document_logged_twice_by_filter_is_one_answer_with_two_scores(tmp_path, name, scorers):
    answers = _answers(tmp_path, name)
    assert {m.scorer for a in answers for m in a.marks} == scorers
    assert sum(not a.copy for a in answers) == len({a.question for a in answers})


def test_null_is_no_tie_and_a_thumb_has_three_states(tmp_path):
    pairs = [i for i in _items(tmp_path, "a.json", FOREIGN["annotations.json"]().data) if isinstance(i, Preference)]
    assert [p.better for p in pairs] == ["a", "b", "tie", "tie", None, "b"]
    thumbs = [[m.value for m in a.marks if m.scorer == "promptfoo thumb"] for a in _answers(tmp_path, "promptfoo.json")]
    assert thumbs == [[1.0], [1.0], [1.0]]
    third = _answers(tmp_path, "promptfoo.json")[2]
    assert third.text is None and third.error == "timeout" and "promptfoo pass" not in {m.scorer for m in third.marks}


def test_a_prompt_that_the_replies_repeat_is_taken_off(tmp_path):
    for name, asked in (("trl.jsonl", 1), ("hh.jsonl", 3)):
        (pair,) = [i for i in _items(tmp_path, name, FOREIGN[name]().data) if isinstance(i, Preference)]
        assert len(pair.messages) == asked and {pair.text_a, pair.text_b} == {"Yes.", "No."}
    many = [i for i in _items(tmp_path, "m.jsonl", FOREIGN["many.jsonl"]().data) if isinstance(i, Preference)]
    assert len({p.group for p in many}) == 1


def test_text_that_is_not_utf8_is_read_and_the_guess_is_said(tmp_path):
    file = tmp_path / "x.csv"
    file.write_bytes(FOREIGN["excel.csv"]().data)
    found = recognised(Source(file))
    (answer,) = found.read(None)
    assert isinstance(answer, Answer) and answer.text == "Schön" and answer.messages[0].content.startswith("I’m")
    assert any("not UTF-8" in d for d in found.details) and "delimiter: semicolon" in found.details


def test_numbers_with_a_decimal_comma_and_keys_that_come_late_are_read(tmp_path):
    answers = [i for i in _items(tmp_path, "x.jsonl", FOREIGN["plain.jsonl"]().data) if isinstance(i, Answer)]
    assert [[m.value for m in a.marks] for a in answers] == [[0.5], [None], [1.0]]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the file is empty"),
        (b'{"prompt": "a", "response": "b"}\n{"prompt": "a", "resp', "line 2: column 17: the line ends early"),
        (b'[{"instruction": "a", "output": "b"', "the file ends early"),
        (b'{"a": 1}\n[1, 2]\n', "line 2: must be an object"),
        (b"prompt,response\na,b\nc\n", "row 3: has 1 cells, the first row has 2"),
        (b"PK\x03\x04broken", "the archive is damaged"),
        (b"PAR1broken", "not a readable Parquet file"),
        (b"\x89PNG\r\n\x1a\n0000", "neither text nor a known kind"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_place(tmp_path, data, told):
    with pytest.raises(BadImport) as refused:
        _items(tmp_path, "it.json", data)
    assert told in str(refused.value) and str(refused.value).startswith("it.json")


@pytest.mark.parametrize(
    ("data", "what", "rows"),
    [
        (b"model,score\na,1\nb,2\n", "a table of 2 rows (model, score)", 2),
        (
            json.dumps({"results": {"t": {"acc,none": 0.5, "alias": "t"}}, "configs": {}}).encode(),
            "lm-eval results of 1 tasks",
            1,
        ),
        (b'{"question_id": 1, "turns": ["Hi?"]}\n', "1 questions", 1),
        (json.dumps({"traj": [{"role": "tool", "content": "x"}]}).encode(), "agent run of 1 messages (1 tool)", 1),
    ],
)
def test_a_file_without_answers_is_shown_as_what_it_is(place, tmp_path, data, what, rows):
    from lib.collections.staging import stage

    file = tmp_path / "it"
    file.write_bytes(data)
    with pytest.raises(NoAnswers) as refused:
        stage(place, [(file, "it")], "c")
    assert what in str(refused.value) and len(refused.value.rows) == rows
