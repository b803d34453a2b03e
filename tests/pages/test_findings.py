"""Findings and Your weights: what a visitor reads of them, on a small library, on the real one, and before any."""

from lib.findings.make import make
from tests.findings.conftest import TUNED, compared, label_answers  # noqa: F401
from tests.pages.conftest import open_page, words_of


def test_without_findings_both_pages_say_how_to_make_them(data):
    for page in ("findings", "weights"):
        app = open_page(page)
        assert "`python -m lib findings` does it" in app.warning[0].value and not app.dataframe


def test_the_page_opens_with_the_finding_and_says_where_criteria_moved_apart(compared):  # noqa: F811
    make(compared, lambda line: None)
    said = words_of(open_page("findings"))
    assert "Tuned on all three criteria at once, the answers of Tiny (chat) do better on honesty (0 → 100)" in said
    assert "do worse on helpfulness (100 → 0)" in said
    assert "Of **5** cases with checks on two criteria, two moved apart: **5 supported**" in said
    assert "honest up, helpful down (5)" in said
    assert "stored for 0 of 6 cases" in said
    table = open_page("findings", apart="table").dataframe[0].value
    assert set(table["verdict"]) == {"supported", "one criterion"} and table["helpful"].min() == -1


def test_labels_of_answers_that_no_scorer_has_read_are_said_to_stand_alone(compared):  # noqa: F811
    label_answers(compared)
    make(compared, lambda line: None)
    said = words_of(open_page("findings"))
    assert "100 wholly. Of base and all three the labels stand alone: no scorer has read the answers." in said


def test_where_a_tuning_has_several_seeds_the_picture_says_what_dot_and_rings_are(real_library):
    said = words_of(open_page("findings", set="SmolLM2 135M Instruct"))
    assert "the dot is their mean, and each ring below it one of them" in said
    assert "60 answers a model and 140 answers over the seeds of a tuning" in said
    assert "the dot is their mean" not in words_of(open_page("findings", set="Gemma 3 270M"))


def test_the_page_says_which_replies_a_tuning_made_likelier(real_library):
    said = words_of(open_page("findings", set="SmolLM2 135M Instruct"))
    assert "of the reference replies to 80 cases: those rated helpful became less likely" in said
    assert "those rated harmless" in said and "Spearman's rho" in said


def test_findings_of_other_answers_are_said_to_be_stale(compared):  # noqa: F811
    make(compared, lambda line: None)
    file = compared.cases / "vase-3.md"
    file.write_text(file.read_text().replace('["dear mum"]', '["dear mother"]'))
    assert "have changed since" in open_page("findings").warning[0].value


def test_a_claim_opens_to_its_evidence(real_library):
    app = open_page("findings")
    row = next(e for e in app.expander if "Sycophancy" in e.label)
    assert "for," in row.label and "against," in row.label
    assert len(app.expander) == 9


def test_weights_decide_which_model_comes_first_and_which_cases_turn(compared):  # noqa: F811
    make(compared, lambda line: None)
    app = open_page("weights", w_helpful="10", w_harmless="0", w_honest="0")
    # no case of the library is checked on harmlessness, so no model has a place on all three criteria
    assert "No model is measured on all three criteria" in words_of(app)
    assert "**worse in 5**" in words_of(app) and "**0** come out" not in words_of(app)
    app.slider(key="w_helpful").set_value(0)
    app.slider(key="w_honest").set_value(10).run()
    assert "**better in 6**" in words_of(app)


def test_on_the_real_library_the_ranking_follows_the_weights(real_library):
    first = {}
    for criterion in ("helpful", "honest"):
        query = {f"w_{c}": "10" if c == criterion else "0" for c in ("helpful", "harmless", "honest")}
        table = open_page("weights", **query).dataframe[0].value
        first[criterion] = table.sort_values("place")["model"].iloc[0]
        assert table["weighted"].is_monotonic_decreasing
        assert (table["weighted"] - table[criterion]).abs().max() < 1e-9
    assert first["helpful"] != first["honest"]


def test_the_start_page_opens_with_the_finding(compared):  # noqa: F811
    make(compared, lambda line: None)
    said = words_of(open_page("start"))
    assert "Tuned on all three criteria at once" in said and "arxiv.org/abs/2406.18346" in said
    assert TUNED not in said
