"""Alpha is the library's, its interval is over items, and nothing is said where nothing can be."""

import krippendorff
import numpy as np
import pytest

from lib.measures.agreement import agreement, in_words

_COUNTS = np.random.default_rng(0).integers(0, 4, (12, 5))


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_is_that_of_the_package(level):
    mine = agreement(_COUNTS, level)
    assert mine is not None
    assert mine.value == pytest.approx(krippendorff.alpha(value_counts=_COUNTS, level_of_measurement=level))
    assert mine.low <= mine.value <= mine.high and mine.items == sum(_COUNTS.sum(axis=1) >= 2)


def test_the_interval_covers_the_alpha_of_many_items():
    """Raters who give the item's value three times in four: alpha over 40 items, against that over 20,000."""
    rng = np.random.default_rng(3)

    def rated(items: int) -> np.ndarray:
        truth = rng.integers(0, 3, items)
        given = np.where(rng.random((items, 5)) < 0.75, truth[:, None], rng.integers(0, 3, (items, 5)))
        return np.stack([(given == v).sum(axis=1) for v in range(3)], axis=1)

    long_run = agreement(rated(20_000), "nominal")
    assert long_run is not None
    found = [agreement(rated(40), "nominal") for _ in range(200)]
    covered = np.mean([f is not None and f.low <= long_run.value <= f.high for f in found])
    assert 0.90 <= covered <= 0.98


@pytest.mark.parametrize("counts", [[[3, 0], [2, 0]], [[1, 0], [0, 1]], [[4, 1]], np.zeros((0, 2))])
def test_nothing_is_said_where_nothing_differs_or_nobody_shares_an_item(counts):
    assert agreement(np.array(counts), "nominal") is None
    assert in_words(None).startswith("not enough")


def test_words_follow_the_interval():
    agreed = np.array([[9, 0, 0], [0, 9, 0], [0, 0, 9]] * 6)
    assert in_words(agreement(agreed, "nominal")) == "people agree closely"
    split = np.array([[5, 4, 4], [4, 5, 4], [4, 4, 5]] * 6)
    assert in_words(agreement(split, "nominal")).startswith("no more agreement than chance")
