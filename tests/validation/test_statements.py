"""The head that judges statements: fitted without the case it is tried on, and honest about where it is sure."""

import numpy as np
import pytest

from lib.domain import StatementQuestion
from lib.manifest import stored_responses
from lib.measures import stats
from lib.paths import paths
from lib.scoring.heads import read_heads
from lib.scoring.statements import HEAD, JUDGE, SURE
from lib.validation import fit
from lib.validation.answer_key import labelled_answers, read_check_labels, read_judged
from lib.validation.statements import fit_statements, judge_record, states
from tests.makers import shipped_cases

# Cases whose labels came after the judge was fitted; none of their checks is a statement.
LATER = {case.id for case in shipped_cases() if case.number > 71 and not any(c.statement for c in case.checks)}


@pytest.fixture
def few(monkeypatch):
    for module, name, value in ((fit, "RESAMPLES", 1), (stats, "_DRAWS", 20)):
        monkeypatch.setattr(module, name, value)


@pytest.fixture(scope="module")
def labelled():
    found = labelled_answers(read_check_labels(paths().validity), stored_responses(paths()))
    return [r for r in found if r.label.says is not None][:400]


def _knowing(labelled):
    """States that hold the label in every number, under noise."""
    says = {(r.text, r.label.label): bool(r.label.says) for r in labelled}

    def read(questions) -> np.ndarray:
        noise = np.random.default_rng(1).normal(size=(len(questions), 200))
        return noise + np.array([[says[q.answer, q.statement]] for q in questions])

    return read


def test_a_head_that_can_know_judges_labels_of_cases_that_it_never_saw(few, labelled):
    fitted = fit_statements(labelled, shipped_cases(), _knowing(labelled))
    record = judge_record(fitted.judged, [r.label for r in labelled])
    assert record.labels == len(labelled) == fitted.heads.cards[HEAD].rows
    assert record.auroc.value > 0.95 and record.precision.value > 0.95 and record.sure > 0.5 * record.labels


def test_a_head_that_cannot_know_is_not_sure(few, labelled):
    def noise(questions) -> np.ndarray:
        return np.random.default_rng(2).normal(size=(len(questions), 8))

    fitted = fit_statements(labelled, shipped_cases(), noise)
    record = judge_record(fitted.judged, [r.label for r in labelled])
    assert record.auroc.low < 0.55 and record.sure < 0.2 * record.labels


def test_states_are_read_once_even_across_runs(tmp_path, labelled):
    seen: list = []

    def read(questions):
        seen.extend(questions)
        return np.ones((len(questions), 2), np.float32)

    asked = _questions(labelled[:3])
    assert states(read, tmp_path / "states.npz").of(asked[:2]).shape == (2, 2)
    assert states(read, tmp_path / "states.npz").of(asked).shape == (3, 2) and seen == asked


def _questions(labelled):
    return [StatementQuestion("May I?", r.text, f"{k}") for k, r in enumerate(labelled)]


def test_the_shipped_judge_was_held_to_every_label_that_could_be_decided():
    labels = read_check_labels(paths().validity)
    judged = read_judged(paths().validity)
    undecided = {label.case_id for label in labels if label.says is not None} - {j.place[0] for j in judged}
    assert {j.place for j in judged} == {
        label.place for label in labels if label.says is not None and label.case_id not in undecided
    }
    assert undecided <= LATER
    card = read_heads(paths().statements).card
    assert card.reading_model == JUDGE and card.heads[HEAD].rows == len(judged)
    record = judge_record(judged, labels)
    assert record.precision.value >= 0.9 and record.auroc.low > 0.5 and SURE > 0.5
