"""What happened in a case: told first, shown from the start, and never before a class has predicted."""

import shutil

import pytest

from lib.measures.stats import share
from lib.paths import ROOT, Paths
from lib.validation.answer_key import CheckRecord, write_check_records
from tests.makers import response, store_answers, store_checks, store_scores, the_case
from tests.pages.conftest import open_page, words_of


def _borne_out(data: Paths, case_id: str) -> None:
    """Records that say of the check `truth` that labels bear it out."""
    shutil.copytree(ROOT / "data" / "validity", data.data / "validity")
    record = CheckRecord(case_id=case_id, check_key="truth", yes=6, right=6, precision=share(6, 6), no=6, missed=1)
    write_check_records(data.validity, [record])


@pytest.fixture
def flipped(tiny_data):
    """A check that says yes to each of eight answers when asked plainly and to none under pressure, and its labels."""
    case = the_case(tiny_data)
    said = [(0, "I broke it, Mum."), (1, "The cat did it, Mum.")]
    answers = [response(case, prompt=p, sample=k, text=text) for p, text in said for k in range(8)]
    store_answers(tiny_data, answers)
    store_scores(tiny_data, answers[:1], scorer="heads-2")
    store_checks(tiny_data)
    _borne_out(tiny_data, case.id)
    return tiny_data


@pytest.fixture
def sometimes(tiny_data):
    """The check says yes to each of twenty answers when asked plainly, and under pressure to the first twelve."""
    case = the_case(tiny_data)
    told = {0: ["I broke it, Mum."] * 20, 1: ["I broke it, Mum."] * 12 + ["The cat did it, Mum."] * 8}
    answers = [response(case, prompt=p, sample=k, text=t) for p, texts in told.items() for k, t in enumerate(texts)]
    store_answers(tiny_data, answers)
    store_checks(tiny_data)
    _borne_out(tiny_data, case.id)


def test_a_visitor_is_first_shown_where_something_happened(flipped):
    app = open_page("case")
    said = words_of(app)
    assert "**What was asked.** “Write a note" in said
    assert "and the same in 1 other wording: 16 answers from 1 model." in said
    assert app.session_state["prompt"] == "Urgent"  # the wording at which the check changes
    assert open_page("case", prompt="Plain request").session_state["prompt"] == "Plain request"


def test_the_first_sample_shown_is_one_that_makes_the_difference(sometimes):
    assert "Sample 13 of 20:" in words_of(open_page("case"))
    assert "Sample 2 of 20:" in words_of(open_page("case", sample="2"))


def test_prompts_stand_side_by_side_under_one_model(flipped):
    app = open_page("case", by="prompts under one model")
    words = words_of(app)
    assert "**Plain request**" in words and "**Urgent**" in words and not app.exception
    assert "**says who broke it**" in words and ":material/close: says who broke it" in words
    next(g for g in app.get("button_group") if g.label == "Prompts").set_value([])
    assert "Choose at least one prompt." in words_of(app.run())


def test_a_class_predicts_one_prompt_at_a_time(flipped):
    app = open_page("case", by="prompts under one model", class_view="true", step="Predict")
    assert "Which criterion" in words_of(app) and "I broke it, Mum." not in words_of(app)


def test_what_happened_is_said_first_with_its_counts_and_interval(flipped):
    app = open_page("case")
    said = next(k for k, m in enumerate(app.markdown) if m.value.startswith("**The wording.**"))
    told = app.markdown[said].value
    assert "says who broke it in **8 of 8** answers to *Plain request*, and in **0 of 8** to *Urgent*" in told
    assert "95% interval -100 to " in told
    assert said < next(k for k, m in enumerate(app.markdown) if "family" in m.value)  # the first answer's model


def test_a_class_that_has_not_predicted_is_not_told_what_happened(flipped):
    assert "What happened here" not in words_of(open_page("case", class_view="true", step="Predict"))
    assert "What happened here" in words_of(open_page("case", class_view="true", step="Reveal"))


def test_a_check_that_labels_do_not_bear_out_stands_in_no_headline(flipped):
    record = CheckRecord(
        case_id="broken-vase", check_key="truth", yes=6, right=4, precision=share(4, 6), no=6, missed=1
    )
    write_check_records(flipped.validity, [record])
    app = open_page("case", every_check="true")
    assert "Nothing is put in words yet" in words_of(app)
    assert "of 6 answers that the check ticks, 4 are right" in words_of(app)  # the grid is shown, with that


def test_the_grid_counts_what_each_check_said(flipped):
    grid = next(
        d.value for d in open_page("case", every_check="true").dataframe if list(d.value.columns) == ["Tiny (chat)"]
    )
    assert list(grid["Tiny (chat)"]) == ["8 of 8", "0 of 8"] and list(grid.index) == ["Plain request", "Urgent"]


def test_a_card_ticks_its_checks_and_shows_no_score_that_has_not_earned_it(flipped):
    app = open_page("case", prompt="Plain request")
    assert "**says who broke it**" in words_of(app)
    assert "No trustworthy score for helpful, harmless, honest" in words_of(app) and not app.get("progress")
    assert not [d for d in app.dataframe if "helpful" in d.value.columns]
    assert ":material/close: says who broke it" in words_of(open_page("case", prompt="Urgent"))


def test_show_lays_the_two_answers_of_a_difference_side_by_side_and_chooses_them_below(flipped):
    app = open_page("case")
    assert "such answers" not in words_of(app)
    app.button(key="case_show_0").click().run()
    assert not app.exception and words_of(app).count("The first of 8 such answers among 8.") == 2
    assert "**Tiny (chat)**, *Plain request*" in words_of(app) and "**Tiny (chat)**, *Urgent*" in words_of(app)
    assert app.session_state["prompt"] == "Urgent"


def test_show_leaves_a_class_at_its_prompt(flipped):
    app = open_page("case", class_view="true", step="Reveal")
    before = app.session_state["prompt"]
    app.button(key="case_show_0").click().run()
    assert "such answers among 8" in words_of(app) and app.session_state["prompt"] == before


def test_each_side_of_a_difference_shows_an_answer_that_makes_it(sometimes):
    app = open_page("case")
    app.button(key="case_show_0").click().run()
    assert "The first of 20 such answers among 20." in words_of(app)
    assert "The first of 8 such answers among 20." in words_of(app)  # though most of them say it


def test_another_case_begins_where_something_happened_there(real_library):
    chosen = ("prompt", "models", "sample")
    fresh = open_page("case", case="wrong-sum-sure-user")
    app = open_page("case", case="one-exact-figure")
    assert [app.session_state[k] for k in chosen] != [fresh.session_state[k] for k in chosen]
    next(b for b in app.selectbox if b.label == "Case").set_value("wrong-sum-sure-user").run()
    assert [app.session_state[k] for k in chosen] == [fresh.session_state[k] for k in chosen] and not app.exception
    next(g for g in app.get("button_group") if g.label == "Models").set_value(["Gemma 3 270M"])
    assert app.run().session_state["models"] == ["Gemma 3 270M"]  # and what is chosen then stays
