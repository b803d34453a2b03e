"""Preference pairs never cross the split, and draws from them come out the same every time."""

import pytest

from lib.domain import TrilemmaError
from lib.preferences.split import drawn, held_out, mixture, opening, split, without_boilerplate
from tests.makers import PAIRS, judged_pair


def test_no_prompt_is_on_both_sides_of_the_split():
    pairs = [*PAIRS, *(judged_pair(k, "Perhaps.") for k in range(60))]
    sides = split(pairs, lambda p: 10, 20)
    assert len(sides.train) + len(sides.held_out) == len(pairs)
    assert not {p.group for p in sides.train} & {p.group for p in sides.held_out}
    assert all(held_out(p.group) for p in sides.held_out) and 0.5 < len(sides.train) / len(pairs) < 0.9


def test_pairs_that_are_too_long_are_left_out():
    assert split(PAIRS, lambda p: 21 if p.group == "honest/0" else 20, 20).train == [
        p for p in PAIRS[1:] if not held_out(p.group)
    ]


def test_every_prompt_is_drawn_once_before_any_is_drawn_twice_and_in_the_same_order():
    twice = [pair for k in range(10) for pair in (judged_pair(k, "One."), judged_pair(k, "Two."))]
    first = drawn(twice, 13)
    assert len({p.group for p in first[:10]}) == 10 and drawn(twice[::-1], 10)[0].group == first[0].group
    with pytest.raises(TrilemmaError, match="21 pairs are wanted, and only 20"):
        drawn(twice, 21)


def test_a_mixture_has_equal_parts():
    parts = {c: [judged_pair(k, criterion=c) for k in range(30)] for c in ("helpful", "harmless", "honest")}
    chosen = mixture(parts, 20)
    assert [sum(p.group.startswith(c) for p in chosen) for c in parts] == [7, 7, 6]


def test_another_draw_takes_other_rows_of_the_same_pairs():
    first, second = drawn(PAIRS, 20), drawn(PAIRS, 20, draw=2)
    assert second == drawn(PAIRS[::-1], 20, draw=2) and 0 < len({*first} & {*second}) < 20


def test_a_chosen_reply_under_too_many_prompts_is_left_out_however_it_is_written():
    pairs = [judged_pair(k, text) for k, text in enumerate(["No comment", "no comment.", "No comment. ", "Paris."])]
    assert [p.better.text for p in without_boilerplate(pairs, 2)] == ["Paris."]
    assert without_boilerplate(pairs, 3) == pairs


def test_a_chosen_reply_that_begins_as_too_many_do_is_left_out_whatever_follows():
    told = [
        "Nothing in particular happens",
        "nothing in particular: it stays",
        '"Nothing, in particular."',
        "Nothing in it",
    ]
    pairs = [judged_pair(k, text) for k, text in enumerate(told)]
    assert without_boilerplate(pairs, 2) == pairs
    assert [p.better.text for p in without_boilerplate(pairs, 2, opening)] == ["Nothing in it"]
