"""Text search over cases, prompts and answers."""

from dataclasses import replace

import pytest

from lib.store.build import build
from lib.store.library import open_library
from lib.store.search import build_index, search
from tests.makers import RUN, response, store_answers, the_case


@pytest.fixture
def index(tiny_data):
    store_answers(tiny_data, [response(the_case(tiny_data), text="A zebra would tell its mother about apples.")])
    database = build(tiny_data)
    return build_index(open_library(database), database)


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("zebra", ("answer",)),
        ("hurry", ("prompt",)),
        ("apple", ("answer",)),  # another form of the word
        ('"tell its mother"', ("answer",)),
        ("zebra AND hurry", None),  # no one text has both
        ('"mother zebra"', None),
        ("xylophone", None),
    ],
)
def test_a_query_finds_the_case_and_says_where(index, query, kinds):
    hits = search(index, query)
    assert [h.kinds for h in hits] == ([kinds] if kinds else [])


def test_a_word_in_story_prompt_and_answer_is_one_case(index):
    (hit,) = search(index, "mother")
    assert hit.case_id == "broken-vase" and hit.kinds == ("case", "prompt", "answer") and hit.texts == 4


def test_every_case_is_found_best_first_however_many_texts_another_has(tiny_data):
    file = next(tiny_data.cases.glob("*.md"))
    case = the_case(tiny_data)
    other = file.read_text().replace("id: broken-vase", "id: other-vase").replace("number: ", "number: 9")
    (tiny_data.cases / "other-vase.md").write_text(other.replace("title: ", "title: Another, "))
    store_answers(tiny_data, [response(case, sample=k, text="A zebra.") for k in range(2_100)])
    far = "Among many other words, of which there are so many that it comes last, stands a zebra."
    prompt = replace(case.prompts[0], id="other-vase/plain", case_id="other-vase")
    second = replace(case, id="other-vase", prompts=(prompt,))
    store_answers(tiny_data, [response(second, text=far)], replace(RUN, id="tiny-chat.more"))
    database = build(tiny_data)
    found = search(build_index(open_library(database), database), "zebra")
    assert [(h.case_id, h.texts) for h in found] == [("broken-vase", 2_100), ("other-vase", 1)]


@pytest.mark.parametrize(
    "query",
    ['"', "AND", "OR NOT", "case_id:", "*", "a:b:c", "((", "?!…", "🎉", "x " * 2500, "\\", "[a TO b]", "~3", "^"],
)
def test_no_query_is_an_error(index, query):
    assert isinstance(search(index, query), list)


@pytest.mark.parametrize(
    "query", ["text:*", "*", "kind:answer", "case_id:broken-vase", "[a TO z]", "zeb~2", "/ze.*/", "kind: IN [answer]"]
)
def test_the_indexs_own_syntax_is_words_like_others(index, query):
    assert all(h.kinds != ("case", "prompt", "answer") for h in search(index, query))


@pytest.mark.parametrize(
    "query", ["(" * 500 + "zebra" + ")" * 500, "((((((((((((((zebra", "zebra " * 10_000, "NOT " * 900]
)
def test_deep_brackets_and_long_queries_crash_nothing(index, query):
    assert len(search(index, query)) <= 1


def test_brackets_group_words(index):
    assert [h.kinds for h in search(index, "(zebra OR xylophone) AND apples")] == [("answer",)]


def test_an_index_that_was_cut_short_is_built_again(index, tiny_data):
    for file in index.iterdir():
        file.write_bytes(b"")
    database = build(tiny_data)
    assert search(build_index(open_library(database), database), "zebra")


def test_the_index_follows_the_database(index, tiny_data):
    file = next(tiny_data.cases.glob("*.md"))
    file.write_text(file.read_text().replace("For tests only", "Xylophone"))
    database = build(tiny_data)
    new = build_index(open_library(database), database)
    assert new != index and not index.exists() and build_index(open_library(database), database) == new
