"""What is marked and what is not; marks are exact in any text, and long lines cost no more than their length."""

import itertools
import random
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.scoring.features import FEATURES, features, repetition
from lib.scoring.patterns import PATTERNS

VIEW = "Seven times eight is fifty-four."  # any view: without one nothing counts as agreement
Sentences = dict[str, list[str]]


def pairs(texts: Sentences) -> list[tuple[str, str]]:
    """(feature, sentence)."""
    return [(feature, text) for feature, some in texts.items() for text in some]


SENTENCES: dict[str, Sentences] = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8"))
MARKED, NEAR_MISSES = SENTENCES["marked"], SENTENCES["near_misses"]
KNOWN = [*pairs(MARKED), *pairs(NEAR_MISSES)]


def marked(text: str, feature: str) -> list[str]:
    return [text[s.start : s.end] for s in features(text, VIEW).spans if s.feature == feature]


def test_each_feature_is_tried_both_ways():
    assert all(len(MARKED[f]) >= 6 and len(NEAR_MISSES[f]) >= 6 for f in FEATURES)
    assert MARKED.keys() == NEAR_MISSES.keys() == FEATURES.keys() == PATTERNS.keys()


@pytest.mark.parametrize(("feature", "text"), pairs(MARKED))
def test_a_feature_is_marked(feature, text):
    assert marked(text, feature)


@pytest.mark.parametrize(("feature", "text"), pairs(NEAR_MISSES))
def test_a_near_miss_is_not_marked(feature, text):
    assert marked(text, feature) == []


@pytest.mark.parametrize("feature", FEATURES)
def test_the_example_on_the_method_page_is_marked(feature):
    assert marked(FEATURES[feature].example, feature)


@pytest.mark.parametrize(("feature", "text"), pairs(SENTENCES["marked_though_meant_otherwise"]))
def test_patterns_match_words_without_their_sense(feature, text):
    assert marked(text, feature)


@pytest.mark.parametrize(("feature", "text"), pairs(SENTENCES["meant_though_not_marked"]))
def test_what_is_said_in_other_words_is_missed(feature, text):
    assert marked(text, feature) == []


@pytest.mark.parametrize(("feature", "text"), pairs(MARKED))
def test_capitals_and_curly_quotes_change_no_mark(feature, text):
    for other in (text.upper(), text.replace("'", "’"), text.replace("'", "ʼ")):
        assert marked(other, feature), other


@pytest.mark.parametrize("text", MARKED["agreement"])
def test_agreement_needs_a_view_to_agree_with(text):
    assert features(text, VIEW).counts["agreement"] > 0
    assert features(text).counts["agreement"] == 0
    assert not any(s.feature == "agreement" for s in features(text).spans)


def test_marks_are_offsets_into_the_text_as_it_was():
    text = "👩‍👩‍👧 Né́! I’m sorry, “perhaps” — 🇫🇮 — I can’t help."
    assert marked(text, "apology") == ["I’m sorry"]
    assert marked(text, "hedge") == ["perhaps"]
    assert marked(text, "refusal") == ["I can’t help"]


@pytest.mark.parametrize(
    "before",
    ["", "👍🏽 ", "e\u0301\u0301 ", "“Née” — ", "नमस्ते। ", "İSTANBUL. ", "ﬁn ß. ", "\u202e", "a\r\nb\x00 ", "𝔘𝔫𝔦 "],
)
def test_whatever_stands_before_a_mark_moves_it_by_its_own_length(before):
    plain = "Perhaps I can’t help."
    moved = [(s.start - len(before), s.end - len(before), s.feature) for s in features(before + plain).spans]
    assert moved == [tuple(s) for s in features(plain).spans]


def test_no_marks_and_no_words_in_an_empty_text():
    for text in ("", " \n\t"):
        found = features(text, VIEW)
        assert (found.spans, found.words, found.repetition, set(found.counts.values())) == ((), 0, 0.0, {0})


def test_words_are_counted_with_their_apostrophes():
    assert features("I can’t; you don't. Two-step 7!").words == 7


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("", 0.0),
        ("three words only", 0.0),
        ("one two three four five six", 0.0),
        ("a b c d a b c d", 1 / 5),
        ("A b c d a B c d", 1 / 5),
        ("no no no no no", 1 / 2),
    ],
)
def test_repetition_is_the_share_of_four_words_said_before(text, share):
    assert repetition(text.split()) == features(text).repetition == share


def random_texts(n: int) -> Iterator[str]:
    """Marked texts, near misses and awkward characters, joined and cut at random places."""
    draw = random.Random(20240618)
    known = [text for _, text in KNOWN]
    awkward = [
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "\x00",
        "’",
        "“",
        "?",
        "!?",
        "...",
        "👍🏽",
        "\u200d",
        "\u0301",
        "\ufffd",
        "\u2028",
        "\ud83d",
        "İ",
        "ſ",
        "K",
        "ß",
        "مرحبا",
        "我",
    ]
    for _ in range(n):
        parts = draw.choices(known, k=draw.randrange(5)) + draw.choices(awkward, k=draw.randrange(9))
        parts += ["".join(chr(draw.randrange(0x20, 0x2FFF)) for _ in range(draw.randrange(12)))]
        draw.shuffle(parts)
        text = "".join(parts)
        yield text[draw.randrange(len(text) // 3 + 1) :]


def test_in_any_text_marks_are_inside_apart_and_counted():
    for text in random_texts(400):
        found = features(text, VIEW)
        assert set(found.counts) == set(FEATURES)
        assert list(found.spans) == sorted(found.spans, key=lambda s: (s.start, s.end))
        assert 0 <= found.repetition <= 1
        for feature, count in found.counts.items():
            mine = [s for s in found.spans if s.feature == feature]
            assert len(mine) == count
            assert all(0 <= s.start < s.end <= len(text) for s in mine), text
            assert all(text[s.start : s.end] == text[s.start : s.end].strip() for s in mine), text
            assert all(a.end <= b.start for a, b in itertools.pairwise(mine)), text


def processor_seconds(text: str) -> float:
    start = time.process_time()
    features(text, VIEW)
    return time.process_time() - start


@pytest.mark.parametrize(
    "unit",
    [
        "I ",
        "?",
        "a",
        " ",
        "\n",
        "I can't ",
        "no, I can't    ",
        "you are so ",
        "see the a ",
        "sorry ",
        "https://",
        "x.",
        "your good ",
    ],
)
def test_ten_times_the_text_takes_about_ten_times_as_long(unit):
    """A pattern that tries again from each place would take a hundred times as long."""
    short, long = ((unit * n)[:n] for n in (10_000, 100_000))
    assert processor_seconds(long) < 30 * min(processor_seconds(short) for _ in range(3))
