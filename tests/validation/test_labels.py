"""The author's labels fit the stored answers and never share a prompt across the split."""

from pathlib import Path

import pytest

from lib.cases.files import read_cases
from lib.dataset import stored_responses
from lib.paths import paths
from lib.validation.labels import Label, labelled_stored, read_labels, sha, write_labels
from lib.validation.material import Material, shared_prompts


@pytest.fixture(scope="module")
def stored():
    return labelled_stored(read_labels(paths().validity), stored_responses(paths()), read_cases(paths().cases))


def test_at_least_150_stored_answers_are_labelled_for_checking(stored):
    assert sum(r.label.use == "validate" for r in stored) >= 150 and len({r.model_id for r in stored}) == 3


def test_no_prompt_is_on_both_sides(stored):
    by_use = {use: {r.group for r in stored if r.label.use == use} for use in ("train", "validate")}
    assert by_use["train"] and by_use["validate"] and not by_use["train"] & by_use["validate"]


def test_train_and_test_share_no_prompt(stored):
    """Stored answers here; the public sets are held apart the same way whenever heads are trained."""
    assert shared_prompts(Material(stored, [], [], [], [], {}), []) == set()


def test_what_is_not_language_carries_no_other_label():
    for label in read_labels(paths().validity):
        assert label.coherent or (label.helpful, label.harmless, label.honest, label.refusal) == (None,) * 4


def test_nothing_of_do_not_answer_is_for_training():
    assert {label.use for label in read_labels(paths().validity) if label.source == "do_not_answer"} == {"validate"}


def test_labels_that_cannot_be_written_leave_the_old_ones_whole(tmp_path, monkeypatch):
    label = Label(source="oasst", use="train", stratum="x", text_sha=sha("Yes."), refusal="none")
    write_labels(tmp_path, [label])

    def full_disk(path: Path, *args, **kwargs):
        path.open("wb").close()
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_text", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_labels(tmp_path, [])
    assert read_labels(tmp_path) == [label] and len(list(tmp_path.iterdir())) == 1
