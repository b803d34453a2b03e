"""The table's numbers are those of the formulas, and an evaluation fills every cell."""

import numpy as np
import pytest

from lib.domain import CRITERIA, LogLik, Message, Prompt
from lib.formats.sets import Choice
from lib.tuning.evaluate import (
    PairLogLiks,
    cells,
    evaluate,
    length_matched,
    preferred_by_likelihood,
    preferred_by_reward,
)
from lib.tuning.findings import Evaluation, read_cross_table, read_evaluation, read_greedy, write
from tests.makers import judged_pair

pytest.importorskip("trl")  # the family is trained with it

CHOSEN = [LogLik(-10.0, 10, 40), LogLik(-30.0, 10, 40), LogLik(-8.0, 4, 20)]
REJECTED = [LogLik(-20.0, 10, 40), LogLik(-20.0, 10, 40), LogLik(-20.0, 10, 40)]


def test_likelihood_prefers_by_the_mean_a_token_and_ties_count_half():
    assert preferred_by_likelihood(PairLogLiks(CHOSEN, REJECTED)).tolist() == [1, 0, 0.5]


def test_implicit_reward_prefers_by_what_was_gained_since_the_start():
    start = PairLogLiks([LogLik(-12.0, 10, 40)] * 3, [LogLik(-20.0, 10, 40)] * 3)
    assert preferred_by_reward(PairLogLiks(CHOSEN, REJECTED), start).tolist() == [1, 0, 1]


def test_pairs_of_like_length_are_told_from_others():
    assert length_matched(PairLogLiks(CHOSEN, REJECTED)).tolist() == [True, True, False]


def test_there_is_a_cell_over_all_pairs_and_one_over_those_of_like_length():
    whole, matched = cells(
        "m", "honest", "loglik", np.array([1.0, 0.0, 0.5]), np.array([True, True, False]), ["a", "b", "c"]
    )
    assert (whole.n, whole.accuracy, matched.n, matched.accuracy) == (3, 0.5, 2, 0.5) and matched.length_matched
    assert whole.low <= 0.5 <= whole.high


def test_an_evaluation_fills_every_cell_and_can_be_read_again(family, tmp_path):
    pairs = {
        c: [*(judged_pair(k, criterion=c) for k in range(2)), judged_pair(2, worse="No, not at all.", criterion=c)]
        for c in CRITERIA
    }
    questions = [
        Choice(f"q/{k}", (Message("user", f"Question {k}?"),), ("Yes, with care.", "No.", "Perhaps."), 0)
        for k in range(2)
    ]
    prompts = [Prompt("case/plain", "case", "neutral", "Plain", "en", (Message("user", "Question 3?"),))]
    found = evaluate(family, "tiny-sft", pairs, questions, prompts, lambda line: None, tmp_path / "kept")
    with pytest.MonkeyPatch.context() as patch:  # a second evaluation computes nothing again
        patch.setattr("lib.inference.engine.Engine.loglik", None)
        assert evaluate(family, "tiny-sft", pairs, questions, prompts, lambda line: None, tmp_path / "kept") == found
    assert {(c.model, c.set, c.measure, c.length_matched) for c in found.table} == {
        *((m, s, "loglik", only) for m in family for s in CRITERIA for only in (False, True)),
        *(("tiny-dpo", s, "implicit_reward", only) for s in CRITERIA for only in (False, True)),
    }
    own = next(
        c
        for c in found.table
        if (c.model, c.set, c.measure, c.length_matched) == ("tiny-dpo", "honest", "implicit_reward", False)
    )
    assert (own.n, own.accuracy) == (3, 1.0)  # trained on just such pairs
    assert [(c.model, c.n, round(c.chance, 3)) for c in found.choices] == [(m, 2, 0.333) for m in family]
    by_id = {b.model: b for b in found.behaviour}
    assert by_id["tiny-sft"].changed == 0 and by_id["tiny-sft"].kl is None and by_id["tiny-dpo"].kl > 1e-4
    assert by_id["tiny-dpo"].shift_chosen["honest"] > by_id["tiny-dpo"].shift_rejected["honest"]
    evaluation = Evaluation(
        models=found.behaviour,
        choices=found.choices,
        weights={"tiny": "0"},
        probes={"tiny": -1.0},
        held_out={"honest": {"rows": 3}},
        date="2026-01-01",
    )
    write(tmp_path, found, evaluation)
    assert (read_cross_table(tmp_path), read_evaluation(tmp_path), read_greedy(tmp_path)) == (
        found.table,
        evaluation,
        found.greedy,
    )
