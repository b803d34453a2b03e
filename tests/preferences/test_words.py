"""Log-odds of words as Monroe, Colaresi and Quinn define them; topics that part what is apart."""

import numpy as np
import pytest

from lib.formats.comparisons import Comparison, asked
from lib.preferences.material import prepared
from lib.preferences.topics import topics
from lib.preferences.words import log_odds, telling, vocabulary, word_counts
from tests.preferences.made_up import made_up


def test_log_odds_are_those_of_the_paper():
    """By hand: counts 30 and 10 of 100 words each, a prior of 4 of 20 for the word."""
    z = log_odds(np.array([30.0, 70.0]), np.array([10.0, 90.0]), np.array([4.0, 16.0]))
    first = np.log(34 / (120 - 34)) - np.log(14 / (120 - 14))
    assert z[0] == pytest.approx(first / np.sqrt(1 / 34 + 1 / 14))
    assert log_odds(np.array([5.0, 5.0]), np.array([5.0, 5.0]), np.ones(2)) == pytest.approx(0)


def test_a_word_that_wins_is_told_and_one_that_stands_under_few_prompts_is_not():
    read = made_up(400, {"evidence": 2.5}, seed=8)
    rare = [Comparison(asked("The same prompt"), "zebra " * 3, "nothing here", 1.0)] * 60
    material = prepared(read._replace(comparisons=[*read.comparisons, *rare]))
    words = vocabulary(material)
    assert words is not None
    counts = word_counts(material, words, np.arange(len(material.comparisons)))
    chosen, rejected = telling(words, counts, counts, 10)
    assert {"according", "label", "lasts"} <= {w.word for w in chosen}
    assert "zebra" not in {w.word for w in chosen} and all(w.z < -1.96 for w in rejected)


def test_a_word_counts_once_a_reply():
    material = prepared(made_up(60, {}, seed=9))
    echoes = [c._replace(first="echo " * (k + 2), second="calm " * (k + 2)) for k, c in enumerate(material.comparisons)]
    loud = material._replace(comparisons=echoes)
    words = vocabulary(loud)
    assert words is not None
    counts = word_counts(loud, words, np.arange(60))
    assert counts.chosen.sum() == 60 and counts.rejected.sum() == 60


def test_prompts_on_different_things_come_into_different_topics_named_by_their_words():
    cooking = [f"How long do I boil {n} eggs for a salad with pasta number {n}?" for n in range(60)]
    code = [f"Write a Python function that sorts list number {n} of integers." for n in range(60)]
    found = topics([*cooking, *code])
    assert found is not None and not set(found.of[:60]) & set(found.of[60:])
    assert {"eggs", "boil", "pasta", "salad"} & {w for k in set(found.of[:60]) for w in found.words[k]}
    assert topics(cooking[:20]) is None
