"""Figures hold the numbers that they are given."""

import pandas as pd
import pytest

from lib.charts import COLOURS, SYMBOLS, cross_heatmap, dots_with_range, loss_curves, shift_bars, ternary_path

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


def test_a_cell_of_the_cross_table_says_of_how_many_seeds_it_is():
    cell = {"model": "honest", "set": "honest", "accuracy": 0.72, "low": 0.7, "high": 0.74, "n": 90, "seeds": 3}
    frame = pd.DataFrame([cell, cell | {"model": "helpful", "seeds": 1}])
    (cells,) = cross_heatmap(frame).data
    assert [row[0] for row in cells.text] == [
        "<b>0.72</b><br>0.70–0.74, 3 seeds<br>n 90",
        "<b>0.72</b><br>0.70–0.74, n 90",
    ]


def test_losses_of_several_seeds_have_an_area_and_those_of_one_a_thin_line():
    row = {"done": 50.0, "loss": 0.6, "smooth": 0.5}
    frame = pd.DataFrame(
        [
            {"adapter": "one", "low": float("nan"), "high": float("nan"), **row},
            {"adapter": "three", "low": 0.4, "high": 0.7, **row},
        ]
    )
    thin, thick, low, high, mean = loss_curves(frame).data
    assert (thin.y, thick.y, mean.y) == ((0.6,), (0.5,), (0.5,)) and thin.fill is None
    assert (low.y, high.y, high.fill) == ((0.4,), (0.7,), "tonexty")
