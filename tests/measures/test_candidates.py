"""Candidate replies: how much likelier a prompt makes each, which one leads, what tuning changed."""

import pytest

from lib.domain import LogLik
from lib.measures.candidates import changes, favourite, leanings


def _values(*contexts: tuple[float, ...]) -> list[LogLik]:
    """Log-likelihoods of replies of 10 and 20 characters, context by context."""
    return [LogLik(v, 3, characters) for c in contexts for v, characters in zip(c, (10, 20), strict=True)]


def test_a_leaning_is_the_prompts_gain_over_the_stems_a_hundred_characters():
    first, second = leanings(_values((-5.0, -8.0), (-6.0, -8.0), (-8.0, -12.0)), 2)
    assert first == pytest.approx((20.0, 10.0, 30.0)) and second == pytest.approx((10.0, 0.0, 20.0))
    assert favourite([first, second]) is None, "their ranges overlap"
    assert favourite([second._replace(high=9.0), first]) == 1


def test_a_change_is_tuned_minus_base_after_the_prompt():
    base, tuned = _values((-5.0, -8.0), (-1.0, -1.0)), _values((-4.0, -10.0), (-9.0, -9.0))
    assert changes(base, tuned, 2) == pytest.approx([10.0, -10.0])
