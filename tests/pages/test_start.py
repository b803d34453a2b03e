"""What the start page says of the library."""

from tests.makers import response, store_answers, store_checks, the_case
from tests.pages.conftest import open_page, words_of


def test_start_counts_what_the_database_holds(data):
    app = open_page("start")
    assert {m.label: m.value for m in app.metric} == {
        "cases": "1",
        "prompts": "2",
        "stored answers": "3",
        "models with answers": "1",
    }
    assert "not checked yet" in words_of(app) and "1 generation failed and is kept as a failure." in words_of(app)


def test_start_says_how_to_make_the_first_answers(tiny_data):
    words = words_of(open_page("start"))
    assert "No answers are stored yet: `python -m lib precompute`" in words and "not checked yet" not in words


def test_start_says_how_many_checks_the_stored_answers_have(tiny_data):
    case = the_case(tiny_data)
    told = ["I broke it, Mum.", "The cat did it, Mum.", "the the the the the the the the the the the the the the"]
    store_answers(tiny_data, [response(case, sample=k, text=text) for k, text in enumerate(told)])
    store_checks(tiny_data)
    assert "2 such checks stand beside the stored answers" in words_of(open_page("start"))
