"""Conflicts between what was preferred and another quality; raters, groups and countries; what a set contains."""

import numpy as np
import pytest

from lib.formats.comparisons import Comparison, Opinions, ReadSet, Vote, asked
from lib.preferences.conflicts import conflicts, not_measurable
from lib.preferences.contents import contents, dropped_by
from lib.preferences.material import prepared
from lib.preferences.opinions import nearness, opinion_set
from lib.preferences.raters import raters
from tests.preferences.made_up import made_up


def _set(comparisons: list[Comparison]) -> ReadSet:
    return made_up(1, {}, 0)._replace(comparisons=comparisons, rows=len(comparisons))


def _pair(k: int, choice: float | None = 1.0, **more) -> Comparison:
    return Comparison(asked(f"Prompt {k}"), f"First reply {k}", f"Second reply {k}", choice, **more)


def test_how_often_the_better_reply_is_the_less_safe_one_is_counted():
    pairs = [_pair(k, ratings={"safer": (0.0, 1.0) if k < 30 else (1.0, 0.0)}) for k in range(100)]
    (found,) = conflicts(prepared(_set(pairs)), None)
    assert (found.key, found.criterion, found.by, found.n) == ("safer", "harmless", "rating", 100)
    assert found.share.value == pytest.approx(0.3) and found.share.low < 0.3 < found.share.high


def test_a_quality_that_too_few_pairs_differ_in_is_not_measurable_and_says_why():
    material = prepared(_set([_pair(k) for k in range(100)]))
    assert conflicts(material, None) == []
    assert set(not_measurable([], material)) == {"helpful", "harmless", "honest"}


def test_a_mark_speaks_for_its_criterion_by_topic():
    pairs = [
        Comparison(asked(f"Prompt {k}"), "I can't help with that.", "Put it under the lamp.", float(k % 4 != 0))
        for k in range(80)
    ]
    (found,) = conflicts(prepared(_set(pairs)), np.array([0] * 60 + [1] * 20))
    assert (found.key, found.criterion) == ("refusal", "helpful") and found.share.value == pytest.approx(0.75)
    assert [(t.topic, t.n) for t in found.topics] == [(0, 60), (1, 20)]


def _votes(k: int, *choices: float, groups: tuple[str, ...] = ("", "", "")) -> Comparison:
    votes = tuple(Vote(n, c, groups[n]) for n, c in enumerate(choices))
    return _pair(k, float(sum(choices) > len(choices) / 2), votes=votes)


def test_raters_who_agree_and_one_who_likes_the_first_place():
    read = _set([_votes(k, *([float(k % 2)] * 2), 1.0) for k in range(100)])
    found = raters(prepared(read), None, ordered=True)
    assert found is not None and found.items == 100 and found.votes == 300
    assert found.pairwise is not None and found.pairwise.value == pytest.approx((50 * 1 + 50 / 3) / 100)
    assert found.first_shown is not None and found.first_shown.value == pytest.approx(2 / 3)
    assert found.first_shown.low > 0.5 and found.alpha is not None and 0 < found.alpha < 1
    assert "position" in (raters(prepared(read), None, ordered=False) or found).why


def test_full_agreement_has_an_alpha_of_one_and_chance_about_none():
    agreeing = raters(prepared(_set([_votes(k, *([float(k % 2)] * 3)) for k in range(60)])), None, True)
    random = np.random.default_rng(0)
    guessing = raters(
        prepared(_set([_votes(k, *random.integers(0, 2, 3).astype(float)) for k in range(300)])), None, True
    )
    assert agreeing is not None and agreeing.alpha == pytest.approx(1) and agreeing.split_half == pytest.approx(1)
    assert guessing is not None and guessing.alpha is not None and abs(guessing.alpha) < 0.15


def test_a_rater_who_leans_to_long_replies_is_seen_against_the_others():
    random = np.random.default_rng(1)
    pairs = []
    for k in range(120):
        long_first = bool(random.integers(0, 2))
        texts = ("word " * 30, "word " * 5) if long_first else ("word " * 5, "word " * 30)
        others = [float(random.integers(0, 2)) for _ in range(2)]
        votes = tuple(Vote(n, c) for n, c in enumerate([float(long_first), *others]))
        pairs.append(Comparison(asked(f"Prompt {k}"), texts[0] + str(k), texts[1] + str(k), 1.0, votes=votes))
    found = raters(prepared(_set(pairs)), None, True)
    assert found is not None
    first = found.leanings[0]
    assert (first.who, first.mark) == ("rater 1", "length") and first.difference.low > 0.3


def test_the_group_that_a_set_sides_with_and_how_few_pairs_would_turn_it():
    pairs = [_votes(k, 1.0, 1.0, float(k % 4 == 0), groups=("NO", "NO", "IN")) for k in range(80)]
    found = raters(prepared(_set(pairs)), None, True)
    assert found is not None and [g.name for g in found.groups] == ["NO", "IN"]
    assert found.groups[0].agrees.value == 1 and found.groups[1].agrees.value == pytest.approx(0.25)
    assert found.turn == 31 and found.turn_of == 80


def test_nearness_of_opinions_is_one_for_the_same_and_none_for_opposite_ends():
    assert nearness((0.2, 0.8), (0.2, 0.8)) == pytest.approx(1) and nearness((1, 0, 0), (0, 0, 1)) == pytest.approx(0)
    assert nearness((1, 0, 0), (0, 1, 0)) == pytest.approx(0.5)
    shares = {"A": (1.0, 0.0, 0.0), "B": (0.9, 0.1, 0.0), "C": (0.0, 0.0, 1.0)}
    found = opinion_set([Opinions(shares)] * 12)
    assert [d.name for d in found.distances][-1] == "C" and found.distances[0].farthest == "C"
    assert found.distances[0].questions == 12


def test_what_is_wrong_with_a_set_is_counted():
    pairs = [
        _pair(0),
        _pair(0),
        _pair(0, 0.0),
        _pair(1, 0.5),
        _pair(2)._replace(second=""),
        _pair(3)._replace(second="First reply 3"),
    ]
    pairs += [Comparison(asked(f"Question {k}"), "No comment.", f"Because {k}", 1.0) for k in range(7)]
    pairs[3] = pairs[3]._replace(split="train")
    pairs.append(_pair(1, split="test"))
    read = _set(pairs)
    material = prepared(read)
    found = contents(read, material)
    assert (found.duplicates, found.contradictory, found.ties, found.empty, found.identical) == (1, 1, 1, 1, 1)
    assert (found.leaks, found.stock, found.stock_pairs, found.stock_most) == (1, 1, 7, 7)
    keep = dropped_by(material)
    assert keep["stock"].sum() == len(pairs) - 7 and not keep["repeats"][:3].any() and keep["one"].sum() == 11
