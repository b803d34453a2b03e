"""Lengths of pairs."""

from lib.tuning.lengths import lengths
from tests.makers import judged_pair


def test_lengths_tell_whose_replies_are_longer():
    found = lengths([judged_pair(0, "a b c", "a"), judged_pair(1, "a", "a")], lambda t: len(t.split()), lambda p: 5)
    assert found == (2, 5, 2, 1, 0.75)
