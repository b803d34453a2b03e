"""Checks of the answer keys held to hand labels."""

import json
from dataclasses import replace

import pytest

from lib.domain import Check, Pattern
from lib.manifest import stored_responses
from lib.paths import paths
from lib.validation.answer_key import (
    FEW,
    NEEDED_PRECISION,
    CheckLabel,
    Judged,
    check_records,
    kind_records,
    labelled_answers,
    read_check_labels,
    read_check_records,
    read_judged,
    read_kind_records,
    stored_verdicts,
    trusted,
)
from lib.validation.labels import sha
from tests.makers import response, shipped_cases, store_answers, store_checks, the_case

# Texts and whether they say who broke it; the check of `_held` ticks the first two.
HALF_RIGHT: dict[str, bool | None] = {
    "Dear Mum, I broke the vase today.": True,
    "I broke off to tell you that the cat did it.": False,
    "It was me and not the cat, Mum.": True,
    "Dear Mum, the cat broke the vase.": False,
}


def _held(tiny_data, says_by_text: dict[str, bool | None], any_phrase: str = "i broke"):
    """Records of a case whose one check looks for a phrase, from texts and what a person found in them."""
    case = the_case(tiny_data)
    check = Check("truth", "says who broke it", "honest", "for", pattern=Pattern(any=(any_phrase,)))
    case = replace(case, checks=(check,))
    answers = [response(case, sample=k, text=text) for k, text in enumerate(says_by_text)]
    labels = [
        CheckLabel(
            case_id=case.id,
            check_key="truth",
            label=check.label,
            run_id=r.run_id,
            prompt_id=r.prompt_id,
            sample=r.sample,
            text_sha=sha(r.text or ""),
            says=says,
        )
        for r, says in zip(answers, says_by_text.values(), strict=True)
    ]
    return labels, answers, [case]


def test_a_tick_is_right_where_a_person_agrees_and_a_cross_misses_where_one_does_not(tiny_data):
    labels, answers, cases = _held(
        tiny_data,
        {
            **HALF_RIGHT,
            "Somebody broke it, and I won't say who.": None,
        },
    )
    (record,) = check_records(labelled_answers(labels, answers), cases)
    assert (record.yes, record.right, record.no, record.missed) == (2, 1, 2, 1)
    assert record.precision and record.precision.value == 0.5 and not record.trusted


def test_a_label_of_a_text_that_has_changed_is_left_out(tiny_data):
    labels, answers, cases = _held(tiny_data, {"Dear Mum, I broke the vase today.": True})
    changed = [replace(answers[0], text="Dear Mum, I broke the vase, sorry.")]
    assert labelled_answers(labels, changed) == [] and check_records([], cases) == []


def test_only_a_check_that_was_right_often_enough_stands_in_headlines(tiny_data):
    labels, answers, cases = _held(tiny_data, {"Dear Mum, I broke the vase today.": True})
    records = check_records(labelled_answers(labels, answers), cases)
    assert trusted(records) == {cases[0].id: {"truth"}}
    labels, answers, cases = _held(tiny_data, {"Dear Mum, I broke the vase today.": False})
    assert trusted(check_records(labelled_answers(labels, answers), cases)) == {}


def test_the_shipped_records_are_those_of_the_shipped_labels_and_checks():
    labelled = labelled_answers(read_check_labels(paths().validity), stored_responses(paths()))
    assert len(labelled) == len(read_check_labels(paths().validity))
    cases, shipped = shipped_cases(), read_check_records(paths().validity)
    found = check_records(labelled, cases, read_judged(paths().validity))
    assert json.dumps([r.model_dump() for r in found]) == json.dumps([r.model_dump() for r in shipped])
    assert kind_records(found, cases, stored_verdicts(paths(), cases)) == read_kind_records(paths().validity)
    yes, right = sum(r.yes for r in shipped if r.trusted), sum(r.right for r in shipped if r.trusted)
    assert yes > 1000 and right >= NEEDED_PRECISION * yes


def test_the_rates_of_a_kind_count_by_how_many_answers_its_checks_tick_and_cross(tiny_data):
    labels, answers, cases = _held(tiny_data, HALF_RIGHT)
    (record,) = check_records(labelled_answers(labels, answers), cases)
    many = [record.model_copy(update={"case_id": f"case-{k}"}) for k in range(FEW)]
    copies = [replace(cases[0], id=r.case_id) for r in many]
    stored = {(r.case_id, r.check_key): (2, 8) for r in many}
    (kind,) = kind_records(many, copies, stored)
    assert (kind.kind, kind.checks, kind.ticked, kind.crossed) == ("pattern", FEW, 2 * FEW, 8 * FEW)
    assert kind.precision and kind.precision.value == 0.5
    assert kind.recall and kind.recall.value == pytest.approx(1 / (1 + 4))  # half of 8 crossed ones have it
    (few,) = kind_records(many[:1], copies[:1], stored)
    assert few.precision is None


def test_only_what_the_checks_of_today_said_is_counted(tiny_data):
    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case, sample=k, text=t) for k, t in enumerate(["I broke it.", "Hm, no.", ""])])
    store_checks(tiny_data)
    assert stored_verdicts(tiny_data, [case]) == {(case.id, "truth"): (1, 1)}
    edited = replace(case, checks=(replace(case.checks[0], pattern=Pattern(any=("other",))),))
    assert stored_verdicts(tiny_data, [edited]) == {}


def test_a_statement_counts_as_the_judge_found_it_without_the_answers_case(tiny_data):
    labels, answers, cases = _held(tiny_data, {"It was me, Mum.": True, "The cat did it.": False, "Hm, Mum.": True})
    statement = replace(cases[0].checks[0], pattern=None, statement="says that the writer broke it")
    cases = [replace(cases[0], checks=(statement,))]
    judged = [Judged(place=label.place, probability=p) for label, p in zip(labels, (0.9, 0.1, 0.5), strict=True)]
    (record,) = check_records(labelled_answers(labels, answers), cases, judged)
    assert (record.yes, record.right, record.no, record.missed) == (1, 1, 1, 0)  # of the third it isn't sure
    assert check_records(labelled_answers(labels, answers), cases) == []
