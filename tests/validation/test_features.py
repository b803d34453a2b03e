"""Precision and recall of the marked features: counted as labelled, and of the patterns that are shipped."""

from collections import Counter

import pytest

from lib.domain import TrilemmaError
from lib.manifest import stored_responses
from lib.paths import paths
from lib.scoring.features import FEATURES, features
from lib.validation.features import (
    SentenceLabel,
    drifted,
    feature_records,
    read_feature_records,
    read_sentence_labels,
    read_strata,
    write_feature_records,
)
from lib.validation.labels import sha


def _labels(right: int, wrong: int, missed: int, clean: int) -> list[SentenceLabel]:
    def some(n, stratum, held):
        return [
            SentenceLabel(
                source="oasst",
                text_sha="0",
                start=0,
                end=1,
                drawn=dict.fromkeys(FEATURES, stratum),
                found=list(FEATURES) if held else [],
            )
        ] * n

    return [
        *some(right, "marked", True),
        *some(wrong, "marked", False),
        *some(missed, "candidate", True),
        *some(clean, "candidate", False),
    ]


def test_precision_counts_what_is_marked_and_recall_weighs_both_strata():
    strata = {f: {"marked": 100, "candidate": 200} for f in FEATURES}
    found = feature_records(_labels(18, 2, 1, 19), strata)[0]
    assert found.precision.value == pytest.approx(0.9) and found.precision.low < 0.9 < found.precision.high
    assert found.recall.value == pytest.approx(90 / (90 + 10)) and found.recall.low < 0.9 < found.recall.high


def test_nothing_missed_among_few_is_no_certainty():
    strata = {f: {"marked": 50, "candidate": 2000} for f in FEATURES}
    found = feature_records(_labels(20, 0, 0, 20), strata)[0]
    assert found.recall.value == 1 and found.recall.low < 0.8


def test_the_shipped_patterns_mark_what_was_marked_when_the_sentences_were_read():
    texts = {sha(r.text): r.text for r in stored_responses(paths()) if r.text}
    labels = read_sentence_labels(paths().validity)
    assert sum(label.text_sha in texts for label in labels) > 500
    assert drifted(labels, texts) == []


def test_a_pattern_that_has_changed_is_noticed():
    text = "Perhaps it rains."
    label = SentenceLabel(
        source="oasst", text_sha=sha(text), start=0, end=len(text), drawn={"hedge": "candidate"}, found=[]
    )
    assert drifted([label], {sha(text): text}) == [(label, "hedge")]


def test_each_feature_has_at_least_25_marked_sentences_or_nearly_and_unmarked_ones():
    drawn = Counter((f, how) for label in read_sentence_labels(paths().validity) for f, how in label.drawn.items())
    for feature in FEATURES:
        assert drawn[feature, "marked"] >= 24 and drawn[feature, "candidate"] >= 15


def test_the_shipped_records_are_those_of_the_shipped_labels(tmp_path):
    shipped = read_feature_records(paths().validity)
    assert shipped == feature_records(read_sentence_labels(paths().validity), read_strata(paths().validity))
    (tmp_path / "features").mkdir()
    write_feature_records(tmp_path, shipped)
    assert read_feature_records(tmp_path) == shipped and read_feature_records(tmp_path / "none") == []


def test_a_broken_label_is_named_with_its_line(tmp_path):
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "labels.jsonl").write_text('{"source": "stored"}\n')
    with pytest.raises(TrilemmaError, match="line 1"):
        read_sentence_labels(tmp_path)


def test_in_another_language_nothing_is_marked_and_the_words_are_counted():
    found = features("Vielleicht. I am sorry, perhaps.", language="de")
    assert not found.applicable and found.spans == () and not any(found.counts.values()) and found.words == 5
    assert features("Perhaps.").applicable
