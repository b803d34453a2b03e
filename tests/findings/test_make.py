"""Findings over a small library whose truth is known, and what the shipped ones were made from."""

import json
from dataclasses import replace

import pytest

from lib.cases.files import read_cases
from lib.domain import TrilemmaError
from lib.findings import records
from lib.findings.answers import library
from lib.findings.labels import table
from lib.findings.make import comparisons, make, replicates
from lib.findings.records import Comparison
from lib.models.registry import read_models
from lib.paths import ROOT, Paths
from lib.store.build import build, opened
from lib.tuning.adapters import read_cards
from tests.findings.conftest import BASE, LIE, TUNED, label_answers
from tests.makers import RUN, response, store_answers, the_case


def _found(paths: Paths) -> records.Found:
    found = records.read(paths, read_cases(paths.cases), read_models(paths.models))
    assert found is not None
    return found


@pytest.fixture
def found(compared) -> records.Found:
    make(compared, lambda line: None)
    return _found(compared)


def test_what_tuning_turned_round_is_found_in_every_case(found):
    changes = {c.measure: c for c in found.library.changes}
    assert changes["helpful"].mean.value == -1 and changes["helpful"].cases == 5
    assert changes["honest"].mean.value == 1 and changes["honest"].cases == 6
    levels = {(x.measure, x.model): x.mean.value for x in found.library.levels}
    assert levels["helpful", BASE] == 1 and levels["honest", BASE] == 0 and levels["honest", TUNED] == 1
    told = [s.opposed for s in found.shifts.shifts if s.opposed]
    assert len(told) == 5 and {(o.up, o.down, o.verdict) for o in told} == {("honest", "helpful", "supported")}
    assert {s.pareto for s in found.shifts.shifts if s.opposed} == {"mixed"}


def test_a_case_with_one_criterion_has_a_shift_and_no_verdict(found):
    (alone,) = [s for s in found.shifts.shifts if s.case_id == "broken-vase"]
    assert alone.opposed is None and alone.sides["honest"].shift.value == 1 and alone.sides["helpful"].shift is None


def test_each_claim_is_held_to_what_was_measured(found):
    by_claim = {c.claim: c for c in found.claims.claims}
    assert len(by_claim) == 9
    assert [i.text for i in by_claim["sycophancy"].items] == ["praises the user"]  # no prompt states a view
    opacity = {i.text.split(":")[0]: i for i in by_claim["ethical-opacity"].items}
    assert opacity["raters"].value.value == 1 and opacity["raters"].stance == "for"
    assert opacity["preference data"].value.value == 0 and opacity["preference data"].stance == "unclear"
    apart = [i for i in by_claim["curse-of-flexibility"].items if "moved apart" in i.text]
    assert [(i.value.value, i.n, i.stance) for i in apart] == [(1.0, 5, "for")]


def test_findings_are_stale_once_an_answer_or_a_check_has_changed(compared, found):
    assert not found.stale
    file = compared.cases / "vase-3.md"
    file.write_text(file.read_text().replace('["dear mum"]', '["dear mother"]'))
    assert _found(compared).stale


def test_an_edit_of_the_prose_leaves_them_fresh(compared, found):
    file = compared.cases / "vase-3.md"
    file.write_text(file.read_text().replace("A vase is broken.", "A vase was broken."))
    assert not _found(compared).stale


def test_labels_correct_the_means_and_those_of_other_texts_do_not_count(compared):
    label_answers(compared)
    make(compared, lambda line: None)
    library = _found(compared).library
    corrected = {(c.aspect, c.model): c for c in library.corrected}
    assert corrected["honest", TUNED].labels == 6 and corrected["honest", TUNED].mean.value == pytest.approx(1)
    assert corrected["honest", BASE].mean.value == pytest.approx(0)
    assert corrected["honest", BASE].scores is None  # of no scorer, not a half
    change = next(c for c in library.corrected_changes if c.aspect == "helpful")
    assert change.mean.value == pytest.approx(-1)
    assert library.agreement["honest"] == 1


def test_findings_that_were_made_before_there_were_seeds_are_read_and_said_to_be_stale(compared):
    label_answers(compared)
    make(compared, lambda line: None)
    file = compared.findings / records.LIBRARY
    written = json.loads(file.read_text())
    older = [{k: v for k, v in c.items() if k not in ("unscored", "seeds")} for c in written["corrected"]]
    file.write_text(json.dumps({**written, "corrected": older, "made_from": "before"}))
    found = _found(compared)
    assert found.stale and {c.scored for c in found.library.corrected} == {0}


def test_labels_of_unscored_answers_stand_alone_though_some_cannot_be_read(compared):
    case = the_case(compared)
    babble = response(case, RUN, 0, 5, "the the the the the the the the the the the the the the the the the the the")
    store_answers(compared, [babble], replace(RUN, id=f"{TUNED}.more", model_id=TUNED))
    store = opened(compared, build(compared))
    answers = [s for s in library(store, [TUNED], "").answers(TUNED) if s.answer.prompt_id == babble.prompt_id]
    assert not all(s.coherent for s in answers) and not table(answers, [], "harmless", {}).scores.any()


def test_a_prompt_that_was_asked_more_often_weighs_no_more(compared):
    case = the_case(compared)
    more = [response(case, RUN, 0, sample, LIE) for sample in range(5, 20)]
    store_answers(compared, more, replace(RUN, id=f"{TUNED}.more", model_id=TUNED))
    label_answers(compared)
    make(compared, lambda line: None)
    corrected = {(c.aspect, c.model): c for c in _found(compared).library.corrected}
    assert corrected["honest", TUNED].answers == corrected["honest", BASE].answers == 6 * 2 * 5


def test_without_a_tuned_model_beside_its_base_it_says_what_to_do(tiny_data):
    store_answers(tiny_data, [response(the_case(tiny_data))])
    with pytest.raises(TrilemmaError, match="No tuned model has stored answers beside those of the model"):
        make(tiny_data, lambda line: None)


def test_recipes_that_differ_in_draw_and_seed_are_one_tuning_and_sft_is_compared_with_what_came_from_it():
    cards = read_cards(ROOT / "data" / "adapters")
    models = read_models(ROOT / "data" / "models.toml")
    again = cards["gemma-3-270m-honest"]
    recipe = again.recipe.model_copy(update={"id": "again", "label": "again", "draw": 2, "seed": 2})
    cards |= {"gemma-again": again.model_copy(update={"recipe": recipe})}
    assert ("gemma-3-270m-honest", "gemma-again") in replicates(cards)
    tuned = next(m for m in models if m.id == "gemma-3-270m-honest")
    known = [*models, type(tuned)(**{**tuned.__dict__, "id": "gemma-again", "label": "again"})]
    found = comparisons(known, cards, {m.id for m in known})
    both = ("gemma-3-270m-honest", "gemma-again")
    assert Comparison(before="gemma-3-270m", after=both, stage="base") in found
    assert Comparison(before="gemma-3-270m-sft", after=both, stage="sft") in found
    assert not any(c.after[0] == "gemma-again" for c in found)


def test_the_shipped_findings_belong_to_the_shipped_answers():
    paths = Paths(ROOT / "data", ROOT / "casestudies")
    assert not _found(paths).stale  # changed answers, checks or labels? python -m lib findings


def test_an_interval_that_holds_no_change_is_unclear_and_the_expected_way_decides():
    item = records.Item(
        text="x",
        comparison=None,
        value={"value": -0.2, "low": -0.3, "high": -0.1},  # ty: ignore[invalid-argument-type]
        unit="share",
        n=3,
        of="cases",
        expected=-1,
    )
    assert item.stance == "for" and item.model_copy(update={"expected": 1}).stance == "against"
    assert item.model_copy(update={"chance": -0.15}).stance == "unclear"
