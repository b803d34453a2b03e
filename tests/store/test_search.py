"""Text search over cases, prompts and answers."""

from dataclasses import replace

import pytest

from lib.cases.synonyms import Synonyms
from lib.store.answers import answers_at
from lib.store.build import build
from lib.store.library import open_library
from lib.store.search import answer_places, answers, nearest, search, words_near
from lib.store.texts import build_index, open_texts
from tests.makers import RUN, response, store_answers, the_case


@pytest.fixture
def index(tiny_data):
    store_answers(tiny_data, [response(the_case(tiny_data), text="A zebra would tell its mother about apples.")])
    database = build(tiny_data)
    return build_index(open_library(database), tiny_data)


def _cases(index, query: str) -> list[str]:
    return [h.id for h in search(index, query).cases]


@pytest.mark.parametrize(
    ("query", "in_case", "in_answers"),
    [
        ("zebra", 0, 1),
        ("hurry", 1, 0),
        ("apple", 0, 1),  # another form of the word
        ('"tell its mother"', 0, 1),
        ("zebra AND hurry", 0, 0),  # no one text has both
        ('"mother zebra"', 0, 0),
        ("xylophone", 0, 0),
        ("vase xylophone", 1, 0),  # not all words need occur
        ("vase NOT broken", 0, 0),
    ],
)
def test_a_query_finds_cases_and_answers_apart(index, query, in_case, in_answers):
    assert (len(search(index, query).cases), answers(index, query).total) == (in_case, in_answers)


@pytest.mark.parametrize(
    ("query", "place", "marked"),
    [
        ("hurry", "prompt “Urgent”", {"hurry"}),
        ("vase", "title", {"vase"}),
        ("false belief", "tags", {"false", "belief"}),
    ],
)
def test_a_hit_says_where_it_fits_and_marks_the_words(index, query, place, marked):
    (hit,) = search(index, query).cases
    found = {p.name: {p.text[a:b].lower() for a, b in p.marks} for p in hit.places}
    assert place in found, found
    assert found[place] == marked


def test_marks_stand_where_they_should_beside_letters_of_many_bytes(index):
    text = "Größe 😀 naïve — " * 40 + "the zebra said ünd"
    (place,) = answer_places(index, "zebra", [text])
    assert [place.text[a:b] for a, b in place.marks] == ["zebra"] and place.before and len(place.text) <= 200


def test_of_a_long_text_the_piece_with_most_marks_is_shown_from_word_to_word(index):
    text = "zebra " + "word " * 200 + "a zebra eats apples for its mother " + "word " * 200
    (place,) = answer_places(index, "zebra apples mother", [text])
    assert {place.text[a:b] for a, b in place.marks} == {"zebra", "apples", "mother"}
    assert text.index(place.text) > 6 and place.before and place.after
    assert text[text.index(place.text) - 1] == " " and len(place.text) <= 200


def test_the_answer_that_was_found_is_the_stored_one(index, tiny_data):
    store = open_library(build(tiny_data))
    (answer,) = answers_at(store, answers(index, "zebra").rows)
    assert answer.text.startswith("A zebra would") and answer.case_id == "broken-vase" and answer.place == 1
    assert answer.model_id == "tiny-chat" and answer.prompt_id == the_case(tiny_data).prompts[0].id


def test_a_slip_is_met_and_said_and_in_quotes_it_is_not(index):
    found = search(index, "vasse hurri")
    assert [h.id for h in found.cases] == ["broken-vase"] and found.slips == {"vasse": "vase"}
    assert search(index, '"vasse"').cases == ()


def test_a_word_that_only_models_use_is_no_slip(tiny_data):
    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case, sample=k, text="A base.") for k in range(3)])
    found = search(build_index(open_library(build(tiny_data)), tiny_data), "base")
    assert found.slips == {}


def test_words_begun_are_found(index):
    assert _cases(index, "hurr") == ["broken-vase"]


def test_a_synonym_finds_the_case_after_the_word_itself(index):
    groups = (Synonyms(("amphora", "vase"), broad=("pot",)), Synonyms(("moggy", "house cat")))
    assert [h.id for h in search(index, "amphora", groups).cases] == ["broken-vase"]
    assert [h.id for h in search(index, "pot", groups).cases] == ["broken-vase"]
    assert search(index, "amphora").cases == () == search(index, "moggy", groups).cases


def test_of_a_phrase_only_the_phrase_is_marked(index):
    groups = (Synonyms(("prank", "the cat broke")),)
    (hit,) = search(index, "prank", groups).cases
    marked = [" ".join(p.text[a:b] for a, b in p.marks) for p in hit.places]
    assert marked and set(marked) == {"the cat broke"}


def test_where_nothing_fits_the_nearest_words_and_titles_are_offered(index):
    assert "vase" in words_near(index, "vaze")
    titles = {"are-you-human": "Are you human?", "first-poem": "First poem", "party-lines": "Party lines"}
    assert nearest("are-you-humn", titles, 1) == ["are-you-human"] == nearest("Are you humane", titles, 1)


def test_every_case_is_counted_however_many_answers_another_has(tiny_data):
    file = next(tiny_data.cases.glob("*.md"))
    case = the_case(tiny_data)
    other = file.read_text().replace("id: broken-vase", "id: other-vase").replace("number: ", "number: 9")
    (tiny_data.cases / "other-vase.md").write_text(other.replace("title: ", "title: Another, "))
    store_answers(tiny_data, [response(case, sample=k, text="A zebra.") for k in range(2_100)])
    prompt = replace(case.prompts[0], id="other-vase/plain", case_id="other-vase")
    second = replace(case, id="other-vase", prompts=(prompt,))
    store_answers(tiny_data, [response(second, text="Far away a zebra.")], replace(RUN, id="tiny-chat.more"))
    index = build_index(open_library(build(tiny_data)), tiny_data)
    found = answers(index, "zebra")
    assert found.by_case == {"broken-vase": 2_100, "other-vase": 1} and found.total == 2_101
    assert answers(index, "zebra", within=("other-vase",)).by_case == {"other-vase": 1}


@pytest.mark.parametrize(
    "query",
    ['"', "AND", "OR NOT", "case_id:", "*", "a:b:c", "((", "?!…", "🎉", "x " * 2500, "\\", "[a TO b]", "~3", "^"],
)
def test_no_query_is_an_error(index, query):
    assert len(search(index, query).cases) <= 1 and answers(index, query).total <= 1
    assert isinstance(words_near(index, query), list)


@pytest.mark.parametrize(
    "query", ["text:*", "*", "kind:answer", "case_id:broken-vase", "[a TO z]", "zeb~2", "/ze.*/", "kind: IN [answer]"]
)
def test_the_indexs_own_syntax_is_words_like_others(index, query):
    assert not (search(index, query).cases and answers(index, query).total)


@pytest.mark.parametrize(
    "query", ["(" * 500 + "zebra" + ")" * 500, "((((((((((((((zebra", "zebra " * 10_000, "NOT " * 900]
)
def test_deep_brackets_and_long_queries_crash_nothing(index, query):
    assert len(search(index, query).cases) <= 1


def test_brackets_group_words(index):
    assert answers(index, "(zebra OR xylophone) AND apples").total == 1
    assert answers(index, "(hurry OR xylophone) AND apples").total == 0


def test_an_index_that_was_cut_short_is_built_again(index, tiny_data):
    for file in (index / "answers").iterdir():
        file.write_bytes(b"")
    open_texts.cache_clear()
    database = build(tiny_data)
    assert answers(build_index(open_library(database), tiny_data), "zebra").total == 1


def test_the_index_follows_the_database(index, tiny_data):
    file = next(tiny_data.cases.glob("*.md"))
    file.write_text(file.read_text().replace("A child asks", "A xylophone asks"))
    database = build(tiny_data)
    new = build_index(open_library(database), tiny_data)
    assert _cases(new, "xylophone") == ["broken-vase"]
    assert new != index and not index.exists() and build_index(open_library(database), tiny_data) == new
