"""Heads give calibrated values, and preferences that reverse with the pair; weights must be the card's."""

from pathlib import Path

import numpy as np
import pytest

from lib.domain import TrilemmaError
from lib.paths import paths
from lib.scoring.heads import HEADS_CARD, HEADS_WEIGHTS, Head, read_heads, save_heads

HEAD = Head(
    centre=np.array([1.0, 5.0]),
    scale=np.array([2.0, np.inf]),
    weights=np.array([[1.0, 0.8, 1.2], [9.0, 9.0, 9.0]]),
    intercepts=np.zeros(3),
    slope=2.0,
    offset=-1.0,
    pair_slope=0.5,
    abstain=(0.4, 0.6),
)


def test_a_value_is_the_logistic_of_slope_times_logit_plus_offset():
    (found,) = HEAD.calibrated(np.array([[3.0, 123.0]]))
    assert found.value == pytest.approx(1 / (1 + np.exp(-(2 * 1 - 1))))
    assert found.low < found.value < found.high


def test_a_column_of_infinite_scale_is_not_used():
    near, far = HEAD.calibrated(np.array([[3.0, 0.0], [3.0, 1e6]]))
    assert near == far


def test_a_swapped_pair_has_one_minus_the_probability():
    a, b = np.array([[3.0, 0.0], [1.0, 0.0]]), np.array([[2.0, 0.0], [4.0, 0.0]])
    assert HEAD.preference(a, b) + HEAD.preference(b, a) == pytest.approx([1, 1])
    assert HEAD.preference(a, b)[0] > 0.5 > HEAD.preference(a, b)[1]


def test_heads_come_back_from_their_files_as_they_were(tmp_path):
    shipped = read_heads(paths().heads)
    save_heads(tmp_path, shipped.card.model_copy(), shipped.of)
    again = read_heads(tmp_path)
    assert again.card.heads == shipped.card.heads
    assert np.array_equal(again.of["honest"].weights, shipped.of["honest"].weights)


def test_weights_that_are_not_the_cards_are_refused(tmp_path):
    shipped = read_heads(paths().heads)
    save_heads(tmp_path, shipped.card.model_copy(), shipped.of)
    (tmp_path / HEADS_WEIGHTS).write_bytes((tmp_path / HEADS_WEIGHTS).read_bytes() + b" ")
    with pytest.raises(TrilemmaError, match="not the file that its card names"):
        read_heads(tmp_path)


def test_missing_heads_are_named_with_the_command_that_makes_them(tmp_path):
    with pytest.raises(TrilemmaError, match="train-scorers"):
        read_heads(tmp_path / "nowhere")


def test_nothing_shipped_was_trained_on_what_is_kept_for_checking():
    card = (paths().heads / HEADS_CARD).read_text().lower()
    assert "do-not-answer" not in card and "llmbar" not in card


def test_hidden_states_of_another_reading_model_are_a_mismatch():
    heads = read_heads(paths().heads)
    assert heads.mismatch(heads.card.reading_model_sha256) == "" and "not the one" in heads.mismatch("0" * 64)


@pytest.mark.parametrize("failing", ["write_bytes", "write_text"])
def test_heads_that_cannot_be_written_leave_the_old_ones_whole(tmp_path, monkeypatch, failing):
    shipped = read_heads(paths().heads)
    save_heads(tmp_path, shipped.card, shipped.of)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full_disk(path: Path, *args, **kwargs):
        path.open("wb").close()
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, failing, full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_heads(tmp_path, shipped.card.model_copy(update={"name": "other"}), {"helpful": HEAD})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
