"""Collections: other people's answers side by side, their pairs, checks and numbers, and gone in one press."""

import pytest

from lib.collections import records, work
from lib.collections.records import Pairing
from lib.collections.staging import keep, stage
from lib.ui import collected
from tests.collections.files import HOSTILE, QUESTIONS, annotations, answers
from tests.pages.conftest import clear_caches, open_page, words_of


@pytest.fixture
def lamps(data, tmp_path):
    """The collection `lamps`, whose pairs nobody has said yet."""
    files = [answers(tmp_path)]
    keep(data, stage(data, [(f, f.name) for f in files], "lamps"))
    return data


@pytest.fixture
def paired(lamps):
    pairs = [Pairing(base="toy-sft", tuned="toy-dpo"), Pairing(base="toy", tuned="toy-sft")]
    work.with_pairs(lamps, "lamps", pairs)
    return lamps


def _shown(app) -> str:
    """The texts of people and models, as the page's HTML."""
    return "".join(e.proto.body for e in app.get("html"))


def test_without_a_collection_the_page_says_how_to_bring_one(data):
    assert "Bring answers" in [e.label for e in open_page("collections").expander]


def test_answers_stand_side_by_side_each_after_what_it_was_tuned_from(paired):
    app = open_page("collections", collection="lamps")
    said = words_of(app).replace("\\", "")
    assert f"{3 * QUESTIONS} answers · {QUESTIONS} prompts · 3 models" in said
    assert "How do I mend a broken lamp" in _shown(app)
    assert said.index("**toy**") < said.index("**toy-sft**") < said.index("**toy-dpo**")
    assert list(app.pills[0].options) == ["toy", "toy-sft", "toy-dpo"]


def test_hostile_text_of_a_file_is_shown_as_it_is(lamps):
    app = open_page("collections", collection="lamps", collection_q="onerror")
    assert "&lt;img src=x onerror=alert(1)&gt;" in _shown(app) and "<img" not in _shown(app)
    assert HOSTILE not in words_of(app)


def test_guessed_pairs_are_taken_in_one_press(lamps):
    app = open_page("collections", collection="lamps")
    app.button(key="collection_take_guesses").click().run()
    assert not app.exception
    assert len(records.read(lamps, "lamps").pairs) == 3


def test_a_check_of_the_visitor_is_counted_for_every_model(paired):
    app = open_page("collections", collection="lamps", collection_view="pairs and checks")
    app.text_area(key="collection_phrases").set_value("sorry")
    app.button(key="FormSubmitter:collection_check-Add the check").click().run()
    assert not app.exception
    table = next(d.value for d in app.dataframe if "share of yes" in d.value).set_index("model")
    assert dict(table["yes"]) == {"toy": 0, "toy-sft": 0, "toy-dpo": 12} and set(table["of"]) == {QUESTIONS}


def test_numbers_are_measured_in_one_press_and_say_of_how_many(paired):
    app = open_page("collections", collection="lamps", collection_view="numbers")
    app.button(key="collection_measure").click().run()
    assert not app.exception
    changes = next(d.value for d in app.dataframe if {"pair", "measure", "low", "high"} <= set(d.value))
    words_more = changes[(changes["measure"] == "words an answer") & (changes["pair"] == "toy → toy-sft")]
    assert len(words_more) == 1 and words_more["value"].iloc[0] == pytest.approx(8, abs=1.5)
    assert set(changes["prompts"]) <= {QUESTIONS, QUESTIONS - 1}


def test_what_the_raters_said_is_told_with_its_interval(data, tmp_path):
    file = annotations(tmp_path)
    keep(data, stage(data, [(file, file.name)], "trees"))
    app = open_page("collections", collection="trees", collection_view="numbers")
    wins = next(d.value for d in app.dataframe if "wins, %" in d.value).set_index("model").loc["toy-dpo"]
    assert (wins["wins, %"], wins["won"], wins["lost"]) == (75, 9, 3) and wins["low"] < 75 < wins["high"]


def test_a_collection_is_deleted_in_one_press(lamps):
    app = open_page("collections", collection="lamps", collection_view="about")
    app.button(key="collection_delete").click().run()
    assert not app.exception and records.names(lamps) == []


def test_a_check_without_a_phrase_is_refused_in_the_visitors_words(paired):
    app = open_page("collections", collection="lamps", collection_view="pairs and checks")
    app.button(key="FormSubmitter:collection_check-Add the check").click().run()
    assert app.error[0].value.startswith("Name at least one phrase to look for")
    assert records.read(paired, "lamps").checks == ()


def test_a_search_that_fits_many_prompts_shows_the_best_of_them(paired, monkeypatch):
    monkeypatch.setattr(collected, "MOST_HITS", 5)
    app = open_page("collections", collection="lamps", collection_q="sorry")
    assert f"Prompt 1 of 5 (of {QUESTIONS}), those that fit the search best" in words_of(app).replace("\\", "")
    monkeypatch.setattr(collected, "MOST_HITS", 50)
    clear_caches()
    app = open_page("collections", collection="lamps", collection_q="sorry")
    assert f"Prompt 1 of 12 (of {QUESTIONS})" in words_of(app).replace("\\", "") and "fit the search" not in words_of(
        app
    )


def test_what_a_search_finds_stands_best_first(paired):
    """The prompt that says the number itself comes before the answers that do."""
    app = open_page("collections", collection="lamps", collection_q="lamp 17")
    assert "lamp number 17?" in _shown(app)
