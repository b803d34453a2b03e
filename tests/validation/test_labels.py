"""The author's labels fit the stored answers and never share a prompt across the split."""

import pytest

from lib.manifest import stored_responses
from lib.paths import paths
from lib.validation.labels import labelled_stored, read_labels, refusal_examples
from lib.validation.material import Material, shared_prompts
from tests.makers import shipped_cases


@pytest.fixture(scope="module")
def stored():
    return labelled_stored(read_labels(paths().validity), stored_responses(paths()), shipped_cases())


def test_at_least_150_stored_answers_are_labelled_for_checking(stored):
    assert sum(r.label.use == "validate" for r in stored) >= 150 and len({r.model_id for r in stored}) >= 3


def test_no_prompt_is_on_both_sides(stored):
    by_use = {use: {r.group for r in stored if r.label.use == use} for use in ("train", "validate")}
    assert by_use["train"] and by_use["validate"] and not by_use["train"] & by_use["validate"]


def test_train_and_test_share_no_prompt(stored):
    """Stored answers here; the public sets are held apart the same way whenever heads are trained."""
    assert shared_prompts(Material(stored, [], [], [], [], [], {}), []) == set()


def test_what_is_not_language_carries_no_other_label():
    for label in read_labels(paths().validity):
        assert label.coherent or (label.helpful, label.harmless, label.honest, label.refusal) == (None,) * 4


def test_nothing_of_do_not_answer_is_for_training():
    assert {label.use for label in read_labels(paths().validity) if label.source == "do_not_answer"} == {"validate"}


def test_our_own_examples_hold_every_label_and_no_reply_twice():
    examples = refusal_examples(paths().validity)
    assert {e.label.refusal for e in examples} == {"none", "premise", "partial", "full"}
    assert len({e.exchange.text for e in examples}) == len(examples) > 800
    assert all(e.label.use == "train" and e.label.knows_premise for e in examples)
