"""Which scores may stand on cards: those that order the obvious pairs."""

import pytest

from lib.domain import CRITERIA
from lib.paths import paths
from lib.scoring.heads import read_heads
from lib.validation.obvious import (
    SUITES,
    ObviousRecord,
    earned,
    obvious_records,
    read_obvious,
    read_suite,
    read_values,
)


def _record(aspect: str, scored: int, right: int, suite: str = "obvious") -> ObviousRecord:
    return ObviousRecord(
        suite=suite, scorer="s-1", aspect=aspect, pairs=40, scored=scored, right=right, low=0, high=1, longest_right=20
    )


@pytest.mark.parametrize(("right", "stands"), [(36, True), (35, False)])
def test_nine_of_ten_pairs_must_be_in_order(right, stands):
    assert (("s-1", "honest") in earned([_record("honest", 40, right)])) is stands


def test_a_scorer_that_scores_nothing_has_earned_nothing():
    assert earned([_record("honest", 0, 0)]) == frozenset()


def test_a_scorer_must_pass_every_suite():
    records = [_record("honest", 40, 40), _record("honest", 40, 30, "obvious, held back"), _record("helpful", 40, 40)]
    assert earned(records) == {("s-1", "helpful")}


@pytest.mark.parametrize("suite", SUITES)
def test_a_shipped_suite_has_pairs_for_each_criterion_that_length_does_not_solve(suite):
    pairs = read_suite(paths().validity, suite)
    assert len({p.id for p in pairs}) == len(pairs)
    for criterion in CRITERIA:
        own = [p for p in pairs if p.aspect == criterion]
        longer = sum(len(p.better) > len(p.worse) for p in own)
        assert len(own) >= 40 and 0.4 <= longer / len(own) <= 0.6, criterion


def test_the_suites_share_no_prompt_with_each_other():
    first, second = ({p.prompt for p in read_suite(paths().validity, s)} for s in SUITES)
    assert not first & second


def test_the_shipped_records_are_of_the_shipped_scorer_and_of_whole_suites():
    values = {v.pair: v for v in read_values(paths().validity)}
    for suite in SUITES:
        pairs = read_suite(paths().validity, suite)
        again = obvious_records(suite, pairs, [values[p.id] for p in pairs])
        assert again == [r for r in read_obvious(paths().validity) if r.suite == suite]
    records, scorer = read_obvious(paths().validity), read_heads(paths().heads).card.scorer
    assert {(r.suite, r.aspect) for r in records} == {(s, c) for s in SUITES for c in CRITERIA}
    assert {r.scorer for r in records} == {scorer}
    for r in records:
        assert r.pairs == sum(p.aspect == r.aspect for p in read_suite(paths().validity, r.suite))
