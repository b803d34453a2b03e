"""Means of clustered rows: the interval says how little a few rows that are all alike can tell."""

import numpy as np
import pytest

from lib.measures.clusters import mean_interval
from lib.measures.stats import share


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_rows_that_are_all_alike_have_wilsons_interval_over_their_clusters(value):
    found = mean_interval(np.full(12, value), np.repeat(np.arange(4), 3))
    assert found == share(int(4 * value), 4)
    assert found is not None and found.high - found.low > 0.4


def test_one_row_that_differs_is_resampled_by_cluster():
    values = np.ones(300)
    values[0] = 0
    found = mean_interval(values, np.arange(300))
    assert found is not None and found.value == pytest.approx(299 / 300)
    assert 0.985 < found.low < found.value < found.high == 1


def test_nothing_has_no_mean():
    assert mean_interval(np.zeros(0), np.zeros(0)) is None
