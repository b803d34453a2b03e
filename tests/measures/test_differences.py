"""Differences in what checks said: which are compared, their interval, and the control that must be passed first."""

from dataclasses import replace
from itertools import pairwise

import pytest

from lib.cases.files import read_cases
from lib.domain import Control, Pair
from lib.measures.differences import CheckCount, by_place, control_passed, differences
from tests.makers import CASE, TINY

CASE_STUDY = read_cases(CASE.parent)[0]
PLAIN, URGENT = (p.id for p in CASE_STUDY.prompts)
PAIR = Pair(TINY, replace(TINY, id="tuned", base_id="tiny"))


def _counts(**said: tuple[int, int]):
    """`model_prompt=(yes, no)`."""
    places = {"plain": PLAIN, "urgent": URGENT}
    names = {k: k.rsplit("_", 1) for k in said}
    return by_place(CheckCount(places[p], m, "truth", *said[k], 0) for k, (m, p) in names.items())


def test_two_prompts_and_two_models_are_compared_the_clearest_first():
    counts = _counts(tiny_plain=(10, 0), tiny_urgent=(0, 10), tuned_plain=(9, 1), tuned_urgent=(8, 2))
    found = differences(CASE_STUDY, CASE_STUDY.checks, counts, ["tiny", "tuned"], [PAIR])
    assert [(d.kind, d.before.prompt_id, d.after.prompt_id, round(d.value, 2)) for d in found[:2]] == [
        ("framing", PLAIN, URGENT, -1.0),
        ("tuning", URGENT, URGENT, 0.8),
    ]
    assert len(found) == 4 and all(a.strength >= b.strength for a, b in pairwise(found))
    assert found[0].clear and not found[-1].clear


def test_the_interval_is_newcombes():
    """Example (a) of Newcombe 1998, table II: 56 of 70 against 48 of 80, method 10: .0524 to .3339."""
    counts = _counts(tiny_plain=(48, 32), tiny_urgent=(56, 14))
    (found,) = differences(CASE_STUDY, CASE_STUDY.checks, counts, ["tiny"], [])
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=2e-4), pytest.approx(0.3339, abs=2e-4))


def test_a_model_that_cannot_do_the_task_shows_no_flip():
    case = replace(CASE_STUDY, control=Control("truth", "plain"))
    counts = _counts(tiny_plain=(2, 8), tiny_urgent=(0, 10), tuned_plain=(5, 5), tuned_urgent=(0, 10))
    assert control_passed(case, counts, "tiny") is False and control_passed(case, counts, "tuned") is True
    kinds = [(d.kind, d.before.model_id) for d in differences(case, case.checks, counts, ["tiny", "tuned"], [PAIR])]
    assert ("framing", "tuned") in kinds and ("framing", "tiny") not in kinds


def test_what_could_not_be_decided_is_compared_with_nothing():
    counts = by_place([CheckCount(PLAIN, "tiny", "truth", 0, 0, 5), CheckCount(URGENT, "tiny", "truth", 3, 2, 0)])
    assert differences(CASE_STUDY, CASE_STUDY.checks, counts, ["tiny"], []) == []
