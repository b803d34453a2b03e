"""On simulated people with a fixed seed: what was planted is found, and nothing where nothing was."""

import numpy as np
import pandas as pd
import pytest

from lib.studies import analysis
from lib.studies.power import needed
from lib.studies.simulation import planned, population

_ITEMS, _EACH, _PERSONS = 24, 10, 60


def _found(seed: int, persons: int = _PERSONS, **planted):
    made = planned(_ITEMS, _EACH)
    return made, analysis.collected(made, population(made, persons, np.random.default_rng(seed), **planted))


def _true_rate(preferred: float) -> float:
    """One answer in ten is "can't tell", which counts half."""
    return 0.9 * preferred + 0.05


def test_a_planted_preference_of_two_tenths_is_found_and_none_where_there_is_none():
    planted, none, covered = [], [], []
    for seed in range(100):
        for preferred, noted in ((0.7, planted), (0.5, none)):
            _, found = _found(seed, preferred=preferred, spread=(0.3, 0.3))
            rate = analysis.preference(found.comparisons, "helpful")
            assert rate is not None
            noted.append(rate.low > 0.5 or rate.high < 0.5)
            covered.append(rate.low <= _true_rate(preferred) <= rate.high)
    assert np.mean(planted) >= 0.95
    assert np.mean(none) <= 0.08
    assert 0.93 <= np.mean(covered) <= 0.97


def test_trust_without_truth_is_found_where_it_was_planted():
    made, found = _found(5, trust=1.0)
    gap = analysis.deception(found.ratings, analysis.truth_gains(made))
    assert gap.nothing_truer is not None and gap.nothing_truer.low > 0.5
    assert (gap.decided, gap.undecided) == (_ITEMS, 0)
    _, nothing = _found(5)
    none = analysis.deception(nothing.ratings, analysis.truth_gains(made)).nothing_truer
    assert none is not None and none.low <= 0 <= none.high
    human = analysis.gain(found.ratings, "human")
    assert human is not None and human.low <= 0 <= human.high


def test_a_preference_for_the_first_answer_is_seen_and_leaves_the_models_even():
    _, found = _found(7, first=0.5, spread=(0.2, 0.2))
    place = analysis.position(found.comparisons, "honest")
    rate = analysis.preference(found.comparisons, "honest")
    assert place is not None and place.low > 0.55
    assert rate is not None and rate.low <= 0.5 <= rate.high


def test_people_who_do_not_read_are_left_out_and_counted():
    made = planned(_ITEMS, _EACH, attention=True)
    found = analysis.collected(made, population(made, 20, np.random.default_rng(1), careless=3))
    assert (found.persons, found.finished, found.inattentive) == (20, 20, 3)
    assert found.comparisons["person"].nunique() == 17


def test_agreement_grows_where_items_differ():
    _, alike = _found(2, spread=(0.0, 2.0))
    _, noise = _found(2, spread=(0.0, 0.0))
    high, low = analysis.alpha(alike.comparisons, "helpful"), analysis.alpha(noise.comparisons, "helpful")
    assert high is not None and low is not None and high.low > low.high and low.low <= 0.02


def test_strengths_order_the_models_and_refuse_what_was_never_compared():
    rng = np.random.default_rng(3)
    truth = {"a": 1.0, "b": 0.0, "c": -1.0}
    rows = []
    for person in range(30):
        for item in range(12):
            left, right = rng.choice(list(truth), 2, replace=False)
            won = float(rng.random() < 1 / (1 + np.exp(truth[right] - truth[left])))
            rows.append((person, f"item-{item}", "helpful", left, right, won, True))
    frame = pd.DataFrame(rows, columns=list(analysis.COMPARISON))
    found = analysis.strengths(frame, "helpful")
    assert found is not None and [s.model for s in found] == ["a", "b", "c"]
    assert all(s.estimate.low <= truth[s.model] <= s.estimate.high for s in found)
    apart = pd.concat(
        [frame[(frame["left"] == "a") & (frame["right"] == "b")], frame.head(1).assign(left="x", right="y")]
    )
    assert analysis.strengths(apart, "helpful") is None


def test_people_and_checks_are_held_to_each_other_item_by_item():
    made, found = _found(4, preferred=0.9, spread=(0.1, 0.1))
    table = analysis.against_checks(found.comparisons, made, "honest")
    assert len(table) == _ITEMS and set(table["checks"]) == {"tuned", "base"}
    assert (table["people"] == "tuned").mean() > 0.9, "they prefer the tuned answer even where it is less true"


def test_every_number_says_of_how_many_and_what_could_have_been_found():
    made, found = _found(6)
    table = analysis.every_number(found, made)
    assert len(table) == 3 * 2 + 4 + 2 and table["value"].notna().all()
    assert (table["detectable"] > 0).all() and (table["ratings"] > 0).all()


def test_nothing_answered_yet_gives_nothing_and_no_fault():
    made = planned(_ITEMS, _EACH)
    found = analysis.collected(made, [])
    assert analysis.every_number(found, made)["value"].isna().all()
    assert analysis.strengths(found.comparisons, "helpful") is None and analysis.alpha(found.ratings, "human") is None
    assert analysis.against_checks(found.comparisons, made, "honest").empty


@pytest.mark.parametrize(("effect", "items", "enough"), [(0.2, 24, True), (0.1, 24, True), (0.05, 24, False)])
def test_the_number_of_people_needed_is_named_or_that_no_number_is_enough(effect, items, enough):
    persons, least = needed(effect, items, 10)
    assert (persons is not None) is enough
    assert (least <= items) is enough


def test_as_many_people_as_were_called_for_find_the_effect_four_times_in_five():
    """A person's, and an item's, ratings alike by 0.1 on the probit scale's variance."""
    persons, _ = needed(0.15, _ITEMS, _EACH, 0.06, 0.06)
    assert persons is not None
    seen = []
    for seed in range(120):
        _, found = _found(seed, persons, preferred=0.65 / 0.9 - 0.05 / 0.9, spread=(0.33, 0.33))
        rate = analysis.preference(found.comparisons, "honest")
        assert rate is not None
        seen.append(rate.low > 0.5)
    assert 0.65 <= np.mean(seen) <= 0.95
