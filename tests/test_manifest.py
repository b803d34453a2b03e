"""The manifest lists the sealed parts with their rows, and what differs from it is named."""

import pytest

from lib.dataset import DataProblem
from lib.manifest import add_to_manifest, manifest_problems, part_files, read_manifest
from tests.makers import RUN, response, store_answers, store_scores, the_case


@pytest.fixture
def data(tiny_data):
    answers = [response(the_case(tiny_data)), response(the_case(tiny_data), sample=1, text=None)]
    store_answers(tiny_data, answers)
    store_scores(tiny_data, answers[:1])
    return tiny_data


def test_the_manifest_lists_every_sealed_part_with_its_rows(data):
    listed = read_manifest(data)
    assert {name: part.rows for name, part in listed.items()} == {
        f"responses/{RUN.id}.01.parquet": 2,
        f"runs/{RUN.id}.json": 1,
        f"scores/test-1/{RUN.id}.01.parquet": 3,
    }
    assert manifest_problems(data) == []


def test_what_differs_from_the_manifest_is_named(data):
    (part,) = part_files(data, "responses")
    (data.runs / f"{RUN.id}.json").write_text("{}")
    part.rename(part.with_name("other.01.parquet"))
    told = "\n".join(manifest_problems(data))
    assert f"runs/{RUN.id}.json: changed since it was sealed" in told
    assert f"responses/{part.name}: listed in manifest.json, and missing" in told
    assert "responses/other.01.parquet: not listed in manifest.json" in told


def test_a_manifest_that_cannot_be_read_is_named(data):
    data.manifest.write_text('{"parts": 3}')
    with pytest.raises(DataProblem, match=r"manifest\.json: parts: "):
        read_manifest(data)


def test_parts_are_added_to_those_that_are_listed(data):
    before = read_manifest(data)
    store_answers(data, [response(the_case(data), sample=2)])
    after = read_manifest(data)
    assert before.items() < after.items() and after[f"responses/{RUN.id}.02.parquet"].rows == 1
    add_to_manifest(data, [])
    assert read_manifest(data) == after
