"""Validity records say what the labels say; the author's labels fit the stored answers and never share a prompt across the split."""

import numpy as np
import pytest

from lib.cases.files import read_cases
from lib.dataset import stored_responses
from lib.domain import Exchange, Message, TrilemmaError
from lib.formats.dialogue import dialogue
from lib.formats.sets import SOURCES, harmless_pairs, share
from lib.measures.stats import interval
from lib.paths import paths
from lib.validation.heads import Material, shared_prompts
from lib.validation.labels import Label, LabelledReply, labelled_stored, read_labels, sha
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


def test_an_interval_draws_whole_prompts():
    """A hundred copies of one right answer under one prompt are worth one."""
    groups, right = ["same"] * 100 + [str(i) for i in range(10)], np.array([1.0] * 100 + [0.0] * 10)
    found = interval(lambda rows: float(right[rows].mean()), groups)
    assert found.low < 0.2 and found.value == pytest.approx(100 / 110)


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


# ---- the labels -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored():
    return labelled_stored(read_labels(paths().validity), stored_responses(paths()), read_cases(paths().cases))


def test_at_least_150_stored_answers_are_labelled_for_checking(stored):
    assert sum(r.label.use == "validate" for r in stored) >= 150 and len({r.model_id for r in stored}) == 3


def test_no_prompt_is_on_both_sides(stored):
    by_use = {use: {r.group for r in stored if r.label.use == use} for use in ("train", "validate")}
    assert by_use["train"] and by_use["validate"] and not by_use["train"] & by_use["validate"]


def _reply(prompt: str, use: str = "train") -> LabelledReply:
    label = Label(source="hh_rlhf_harmless", use=use, stratum="x", text_sha=sha("Yes."), refusal="none")  # ty: ignore[invalid-argument-type]
    return LabelledReply(label=label, exchange=Exchange((Message("user", prompt),), "Yes."), group=prompt)


def test_a_prompt_on_both_sides_is_found_whatever_its_set():
    material = Material([_reply("May I?"), _reply("Why?", "validate")], [], [], [], [], {})
    assert shared_prompts(material, []) == set()
    assert shared_prompts(material, [Exchange((Message("user", " may  I? "),), "No.")]) == {"may i?"}
    assert shared_prompts(material._replace(refusals=[_reply("Why?")]), []) == {"why?"}


def test_train_and_test_share_no_prompt(stored):
    """Stored answers here; the public sets are held apart the same way whenever heads are trained."""
    assert shared_prompts(Material(stored, [], [], [], [], {}), []) == set()


def test_what_is_not_language_carries_no_other_label():
    for label in read_labels(paths().validity):
        assert label.coherent or (label.helpful, label.harmless, label.honest, label.refusal) == (None,) * 4


def test_nothing_of_do_not_answer_is_for_training():
    assert {label.use for label in read_labels(paths().validity) if label.source == "do_not_answer"} == {"validate"}


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


# ---- public sets ------------------------------------------------------------------------------


def test_a_set_that_is_absent_is_named_with_where_it_can_be_had(tmp_path):
    with pytest.raises(TrilemmaError, match="hh-rlhf"):
        harmless_pairs(tmp_path)
    assert all("github.com" in s or "huggingface.co" in s for s in SOURCES.values())


def test_pairs_without_a_shared_context_or_a_reply_are_left_out(tmp_path):
    rows = [
        ("\n\nHuman: Hi\n\nAssistant: Hello", "\n\nHuman: Hi\n\nAssistant: Go away"),
        ("\n\nHuman: Hi\n\nAssistant: Hello", "\n\nHuman: Hi\n\nAssistant:"),
        ("\n\nHuman: Hi\n\nAssistant: Hello", "\n\nHuman: Ho\n\nAssistant: Hello"),
    ]
    import json

    (tmp_path / "hh_rlhf_harmless").mkdir()
    (tmp_path / "hh_rlhf_harmless" / "dev.jsonl").write_text(
        "\n".join(json.dumps({"chosen": c, "rejected": r}) for c, r in rows)
    )
    (pair,) = harmless_pairs(tmp_path)
    assert pair.better.text == "Hello" and pair.worse.text == "Go away" and pair.better.messages == pair.worse.messages


def test_a_text_without_turns_is_one_message():
    assert [m.content for m in dialogue("Human rights, in short?")] == ["Human rights, in short?"]


def test_a_split_depends_on_the_prompt_alone():
    assert share("x") == share("x") and 0 <= share("x") < 1 and len({share(str(i)) for i in range(50)}) == 50
