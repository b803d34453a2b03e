"""Validity records say what the labels say, and are replaced whole."""

from pathlib import Path

import numpy as np
import pytest

from lib.domain import TrilemmaError
from lib.paths import paths
from lib.validation.records import (
    calibration_bins,
    coverage_steps,
    pairs_record,
    read_records,
    replies_record,
    write_records,
)

ABOUT = {"aspect": "refusal", "scorer": "x-1", "data": "made up", "labels": "nobody", "seen": "never trained on"}


def _record(p, y, **more):
    p, y = np.array(p, float), np.array(y, float)
    return replies_record(
        p, y, [str(i) for i in range(len(p))], more.get("band"), more.get("baselines", {}), ABOUT, more.get("kinds", ())
    )


def test_a_record_counts_right_and_wrong():
    found = _record([0.9, 0.8, 0.4, 0.1, 0.7, 0.2], [1, 1, 1, 0, 0, 0])
    c = found.confusion
    assert (c.true_positive, c.false_positive, c.false_negative, c.true_negative) == (2, 1, 1, 2)
    assert (
        found.accuracy.value == pytest.approx(4 / 6)
        and found.f1.value == pytest.approx(2 / 3)
        and found.base_rate == 0.5
    )
    assert found.auroc.value == pytest.approx(8 / 9)
    assert found.accuracy.low <= found.accuracy.value <= found.accuracy.high


def test_a_yes_begins_at_the_threshold():
    p, y = np.array([0.4, 0.35, 0.2, 0.1]), np.array([1.0, 1, 0, 0])
    found = replies_record(p, y, list("abcd"), None, {}, ABOUT, threshold=0.3)
    assert found.threshold == 0.3 and found.f1.value == 1 and found.auroc.value == 1


def test_error_rates_stand_apart_by_kind_of_model():
    found = _record([0.9, 0.1, 0.9, 0.1], [1, 1, 0, 0], kinds=["base", "tuned", "tuned", "base"])
    rates = {g.name: (g.missed, g.false_alarms) for g in found.groups}
    assert rates == {"base": (0.0, 0.0), "tuned": (1.0, 1.0)}


def test_what_lies_in_the_band_counts_as_abstained():
    found = _record([0.9, 0.5, 0.45, 0.1], [1, 0, 1, 0], band=(0.4, 0.6))
    assert found.abstained == 2 and found.accuracy_outside_band == 1.0


def test_baselines_stand_beside_with_the_majority():
    found = _record([0.9, 0.1, 0.1], [1, 0, 0], baselines={"keyword match": np.array([True, True, False])})
    assert {b.name for b in found.baselines} == {"keyword match", "always the majority"}


def test_calibration_is_the_distance_of_predicted_and_observed():
    bins, error = calibration_bins(np.array([0.2] * 10), np.array([1.0] * 5 + [0.0] * 5))
    assert error == pytest.approx(0.3, abs=0.21) and sum(b.n for b in bins) == 10


def test_leaving_out_the_unsure_raises_accuracy_where_sureness_means_something():
    steps = coverage_steps(np.array([0.5, 0.4, 0.1, 0.0]), np.array([True, True, False, False]))
    assert steps[0].coverage == 1.0 and steps[0].accuracy == 0.5 and steps[-1].accuracy == 1.0


def test_a_pair_record_is_an_accuracy():
    found = pairs_record(np.array([0.9, 0.6, 0.3, 0.2]), list("abcd"), {"a coin": 0.5}, (0.35, 0.65), ABOUT)
    assert found.accuracy.value == 0.5 and found.abstained == 1


def test_records_come_back_and_a_judges_stay_beside_the_others(tmp_path):
    one = _record([0.9, 0.1], [1, 0])
    judged = one.model_copy(update={"scorer": "judge x-1"})
    write_records(tmp_path, [one])
    write_records(tmp_path, [judged], judged=True)
    assert {r.scorer for r in read_records(tmp_path)} == {"x-1", "judge x-1"}
    write_records(tmp_path, [])
    assert [r.scorer for r in read_records(tmp_path)] == ["judge x-1"]


def test_a_broken_record_is_named(tmp_path):
    (tmp_path / "x.json").write_text('{"aspect": "refusal"}')
    with pytest.raises(TrilemmaError, match=r"x\.json"):
        read_records(tmp_path)


def test_the_shipped_records_cover_every_scorer():
    records = read_records(paths().validity)
    assert {
        "incoherent",
        "refusal",
        "helpful",
        "harmless",
        "honest",
        "helpful preference",
        "harmless preference",
        "honest preference",
    } <= {r.aspect for r in records}
    assert all(r.n > 0 and r.accuracy.low <= r.accuracy.value <= r.accuracy.high for r in records)


def test_records_that_cannot_be_written_leave_the_old_ones_whole(tmp_path, monkeypatch):
    one = _record([0.9, 0.1], [1, 0])
    other = one.model_copy(update={"data": "also made up"})
    write_records(tmp_path, [one, other])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_text, written = Path.write_text, []

    def disk_that_fills_up(path: Path, text: str, **kwargs):
        written.append(path)
        if len(written) == 2:
            path.open("wb").close()
            raise OSError("No space left on device")
        return write_text(path, text, **kwargs)

    monkeypatch.setattr(Path, "write_text", disk_that_fills_up)
    with pytest.raises(OSError, match="No space left"):
        write_records(tmp_path, [one, other])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
