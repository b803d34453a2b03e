"""Figures hold the numbers that they are given."""

import pandas as pd
import pytest

from lib.charts import COLOURS, SYMBOLS, dots_with_range, shift_bars, ternary_path

ENDS = pd.DataFrame({"label": ["base", "honest"], "helpful": [0.5, 0.4], "harmless": [0.5, 0.5], "honest": [0.5, 0.7]})


def test_eight_models_have_eight_colours_and_symbols():
    assert len(set(COLOURS)) == len(set(SYMBOLS)) == 8


def test_a_shift_to_the_left_has_another_colour_than_one_to_the_right():
    figure = shift_bars(
        pd.DataFrame({"label": ["up", "down"], "value": [2.0, -1.0], "low": [1.0, -3.0], "high": [2.5, 0.0]}), "nats"
    )
    (bars,) = figure.data
    assert (
        bars.marker.color == (COLOURS[0], COLOURS[1])
        and list(bars.error_x.array) == [0.5, 1.0]
        and list(bars.error_x.arrayminus) == [1.0, 2.0]
    )


def test_points_of_the_ternary_are_shares_and_lie_in_the_part_that_is_drawn():
    path = pd.DataFrame({"label": ["a", "b"], "helpful": [0.45, 0.42], "harmless": [0.5, 0.5], "honest": [0.6, 0.65]})
    figure = ternary_path(ENDS, path)
    base, honest, dials = figure.data
    assert (
        base.a[0] == pytest.approx(1 / 3) and honest.c[0] == pytest.approx(0.7 / 1.6) and list(dials.text) == ["1", "2"]
    )
    assert all(a + b + c == pytest.approx(1) for t in figure.data for a, b, c in zip(t.a, t.b, t.c, strict=True))
    for side, values in (
        ("a", [*base.a, *honest.a, *dials.a]),
        ("b", [*base.b, *honest.b, *dials.b]),
        ("c", [*base.c, *honest.c, *dials.c]),
    ):
        assert 0 <= figure.layout.ternary[f"{side}axis"].min < min(values)


def test_without_a_path_only_the_ends_are_drawn():
    assert [t.name for t in ternary_path(ENDS, ENDS.iloc[:0]).data] == ["base", "honest"]


def test_dots_lie_on_their_label_each_series_beside_the_other():
    frame = pd.DataFrame(
        [
            {"label": label, "series": series, "value": value, "low": value - 0.1, "high": value + 0.2, "even": 0.5}
            for label, values in (("one", (0.2, 0.4)), ("two", (0.6, 0.8)))
            for series, value in zip(("a", "b"), values, strict=True)
        ]
    )
    figure = dots_with_range(frame, "share", ["a", "b"], reference="even", x_range=(0, 1))
    first, second, even = figure.data
    assert [first.name, second.name] == ["a", "b"] and list(first.x) == [0.2, 0.6] and list(second.x) == [0.4, 0.8]
    assert list(first.y) == [-0.125, 0.875] and list(second.y) == [0.125, 1.125] and list(even.y) == [0, 1]
    assert list(first.error_x.array) == pytest.approx([0.2, 0.2]) and list(even.x) == [0.5, 0.5]
    assert list(figure.layout.yaxis.ticktext) == ["one", "two"] and list(figure.layout.xaxis.range) == [0, 1]
