"""The log-likelihood measures against values worked out by hand."""

import math

import numpy as np
import pytest

from lib.cases.files import read_case
from lib.cases.replies import STEMS
from lib.domain import CRITERIA, ReplyLogLikelihood, Score, TrilemmaError
from lib.measures.likelihood import (
    TEMPERATURE,
    RatedShift,
    joint_slopes,
    pair_of,
    pulls,
    reply_pmis,
    reply_shifts,
    shift_slopes,
    summarise,
)
from tests.makers import CASE

STUDY = read_case(CASE)
PROMPT = STUDY.prompts[0].id


def _rows(gain: dict[str, float]) -> list[ReplyLogLikelihood]:
    """Every reply costs one nat a character after a stem, and `gain` nats a character less after the prompt."""
    rows = []
    for reply in STUDY.replies:
        for wording, text in enumerate(reply.wordings):
            n = len(text)
            for context in (PROMPT, *(s.id for s in STEMS)):
                nats = -1.0 + (gain.get(reply.id, 0.0) if context == PROMPT else 0.0)
                rows.append(ReplyLogLikelihood("run", "m", STUDY.id, reply.id, wording, context, nats * n, n, n))
    return rows


def test_pmi_is_the_gain_over_the_stems_per_100_characters():
    found = {p.reply_id: p for p in reply_pmis(STUDY, PROMPT, _rows({"broken-vase/truth": 0.2}))}
    assert found["broken-vase/truth"].value == pytest.approx(20.0)
    assert found["broken-vase/note"].value == pytest.approx(0.0)
    assert found["broken-vase/truth"].low == pytest.approx(20.0)


def test_with_no_preference_the_pull_is_the_mean_rating():
    for pull, criterion in zip(pulls(STUDY, PROMPT, _rows({})), CRITERIA, strict=True):
        mean = sum(r.ratings[criterion] for r in STUDY.replies) / len(STUDY.replies)
        assert pull.value == pytest.approx(mean) == pytest.approx(pull.even)


def test_the_pull_is_the_softmax_weighted_rating():
    gain = TEMPERATURE * math.log(3)  # makes the one reply three times as heavy as each other
    honest = pulls(STUDY, PROMPT, _rows({"broken-vase/truth": gain}))[2]
    ratings = {r.id: r.ratings["honest"] for r in STUDY.replies}
    others = sum(v for k, v in ratings.items() if k != "broken-vase/truth")
    assert honest.value == pytest.approx((3 * ratings["broken-vase/truth"] + others) / (3 + len(ratings) - 1))


def test_a_missing_likelihood_is_named_and_not_zero():
    rows = [r for r in _rows({}) if not (r.reply_id.endswith("note") and r.context == "stem/2")]
    with pytest.raises(TrilemmaError, match=r"broken-vase/note.*stem/2"):
        pulls(STUDY, PROMPT, rows)


def test_a_shift_is_what_tuning_added_per_100_characters():
    found = {s.reply_id: s for s in reply_shifts(STUDY, PROMPT, _rows({}), _rows({"broken-vase/truth": 0.3}))}
    assert found["broken-vase/truth"] == (
        "broken-vase/truth",
        pytest.approx(30.0),
        pytest.approx(30.0),
        pytest.approx(30.0),
    )
    assert found["broken-vase/note"].value == pytest.approx(0.0)


def test_a_tuning_that_follows_the_ratings_has_their_slope():
    gain = {r.id: 0.05 * r.ratings["honest"] + 0.2 for r in STUDY.replies}  # what every reply gained alike is no slope
    found = {s.criterion: s for s in shift_slopes(STUDY, PROMPT, _rows({}), _rows(gain))}
    assert found["honest"].value == pytest.approx(5.0) == pytest.approx(found["honest"].low)
    assert found["helpful"].value < 5.0


def test_a_shift_without_one_of_its_likelihoods_is_named():
    with pytest.raises(TrilemmaError, match="broken-vase/note"):
        shift_slopes(STUDY, PROMPT, _rows({}), [r for r in _rows({}) if not r.reply_id.endswith("note")])


def test_what_has_no_value_stays_out_of_the_mean_and_in_the_total():
    def scores(value: float | None) -> list[Score]:
        return [Score(c, "t-1", value, "scored" if value is not None else "incoherent", "") for c in CRITERIA]

    helpful = summarise([scores(0.2), scores(None), scores(0.6)])[0]
    assert (helpful.mean, helpful.low, helpful.high, helpful.scored, helpful.total) == (
        pytest.approx(0.4),
        0.2,
        0.6,
        2,
        3,
    )
    assert summarise([scores(None)])[0].mean is None


def test_scores_of_two_scorers_are_not_averaged():
    def score(scorer: str) -> Score:
        return Score("helpful", scorer, 0.5, "scored", "")

    for mixed in ([[score("heads-2")], [score("judge-1")]], [[score("heads-2"), score("judge-1")]]):
        with pytest.raises(ValueError, match="heads-2, judge-1"):
            summarise(mixed)


def test_no_pair_between_families():
    assert pair_of("a", "b", []) is None


def test_a_slope_holds_nothing_of_the_ratings_that_go_with_it():
    """What is rated helpful is often rated less honest; tuning moved replies for their helpfulness alone."""
    rng = np.random.default_rng(7)
    shifts = []
    for case in np.repeat(range(60), 6):
        helpful = rng.uniform()
        ratings = (helpful, rng.uniform(), 0.5 * (1 - helpful) + 0.5 * rng.uniform())
        shifts.append(RatedShift(f"c{case}", f"c{case}/p", -2 * helpful + case + rng.normal(0, 0.5), ratings))
    found = joint_slopes(shifts)
    assert found["helpful"].low < -2 < found["helpful"].high < -1.5
    assert found["honest"].low < 0 < found["honest"].high
    assert joint_slopes(shifts[:6]) == {}  # of one case
    assert joint_slopes([s._replace(ratings=(s.ratings[0], 0.5, 0.5)) for s in shifts]) == {}
