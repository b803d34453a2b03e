"""Frames -> plotly figures; every series has a colour and a symbol of its own."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from lib.charts.shared import (
    COLOURS,
    CRITERIA,
    GREY,
    INK,
    LEGEND_ABOVE,
    SYMBOLS,
    error_range,
    figure,
    own,
    small,
    titled,
    two_lines,
)


def counts_grid(frame: pd.DataFrame) -> go.Figure:
    """A count for each row label and column label of the frame, as a dot that grows with it, the number inside.

    The margins carry the sums. `customdata` of a dot holds its row label and its column label.
    """
    columns = {name: f"{str(name).replace(' / ', ' ↔<br>')}<br><b>{total}</b>" for name, total in frame.sum().items()}
    rows = {name: f"{two_lines(str(name))} <b>{total}</b>" for name, total in frame.sum(axis=1).items()}
    cells = [
        (row, column, count)
        for row, counts in frame.to_dict("index").items()
        for column, count in counts.items()
        if count
    ]
    dots = {
        "type": "scatter",
        "x": [columns[column] for _, column, _ in cells],
        "y": [rows[row] for row, _, _ in cells],
        "mode": "markers+text",
        "text": [str(count) for *_, count in cells],
        "customdata": cells,
        "marker": {
            "size": [20 + 5 * count**0.5 for *_, count in cells],
            "color": "#a9d3ee",
            "line": {"width": 1, "color": "#0072B2"},
            "opacity": 1,
        },
        "textfont": {"color": INK, "size": 14},
        "selected": {"marker": {"opacity": 1, "color": "#f0c869"}, "textfont": {"color": INK}},
        "unselected": {"marker": {"opacity": 1}, "textfont": {"color": INK}},
        "hovertemplate": "%{customdata[0]}, %{customdata[1]}: %{customdata[2]}<extra></extra>",
    }
    axis = {"automargin": True, "type": "category", "fixedrange": True}
    x = {"side": "top", "tickangle": 0, "categoryarray": [*columns.values()], "range": [-0.5, len(columns) - 0.5]}
    y = {"categoryarray": [*rows.values()], "range": [len(rows) - 0.5, -0.5]}
    margins = {"top": 60, "bottom": 10}
    return figure([dots], 100 + 40 * len(frame), margins, axis | x, axis | y, showlegend=False, dragmode=False)


def cross_heatmap(frame: pd.DataFrame) -> go.Figure:
    """Accuracy of each `model` on each `set`, with `low`, `high`, `n` and, of several, `seeds` in the cell.

    Blue above .5, orange below.
    """
    models, sets = list(dict.fromkeys(frame["model"])), list(dict.fromkeys(frame["set"]))
    at = {(r["model"], r["set"]): r for r in frame.to_dict("records")}
    rows = [[at[m, s] for s in sets] for m in models]
    cells = {
        "type": "heatmap",
        "z": [[r["accuracy"] for r in row] for row in rows],
        "x": [f"{s} pairs" for s in sets],
        "y": models,
        "text": [[_share(r) for r in row] for row in rows],
        "texttemplate": "%{text}",
        "textfont": {"color": INK, "size": 12},
        "zmin": 0.2,
        "zmax": 0.8,
        "colorscale": [[0, "#f2b48a"], [0.5, "#f7f7f5"], [1, "#8cc0e4"]],
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
        "hovertemplate": "%{y} on %{x}: %{z:.2f}<extra></extra>",
    }
    axis = {"automargin": True, "showgrid": False}
    height = 80 + 58 * len(models)
    return figure([cells], height, {"top": 40, "bottom": 10}, {"side": "top"} | axis, {"autorange": "reversed"} | axis)


def _share(cell: Mapping[str, Any]) -> str:
    count = "{seeds} seeds<br>n {n}" if cell["seeds"] > 1 else "n {n}"
    return ("<b>{accuracy:.2f}</b><br>{low:.2f}–{high:.2f}, " + count).format(**cell)


def loss_curves(frame: pd.DataFrame) -> go.Figure:
    """Loss over the share of training done (`done`, %), a line an `adapter`: thick for the running mean (`smooth`).

    Thin for each step (`loss`) or, where an adapter has several seeds, an area between their running means (`low` to
    `high`; nan where it has one).
    """
    traces = []
    for i, (name, rows) in enumerate(frame.groupby("adapter", sort=False)):
        colour = COLOURS[i % len(COLOURS)]
        line = {"type": "scatter", "x": rows["done"].tolist(), "mode": "lines"}
        quiet = {"showlegend": False, "hoverinfo": "skip"}
        if rows["low"].notna().all():
            edge = line | quiet | {"line": {"width": 0, "color": colour}}
            filled = {"fill": "tonexty", "fillcolor": _faded(colour)}
            traces += [edge | {"y": rows["low"].tolist()}, edge | filled | {"y": rows["high"].tolist()}]
        else:
            thin = {"opacity": 0.25, "line": {"width": 1, "color": colour}}
            traces.append(line | quiet | thin | {"y": rows["loss"].tolist()})
        thick = {"name": str(name), "line": {"width": 2.5, "color": colour}}
        thick["hovertemplate"] = "%{x:.0f}% done: %{y:.2f}"
        traces.append(line | thick | {"y": rows["smooth"].tolist()})
    x, y = titled("training done, %"), titled("loss")
    return figure(traces, 320, {"top": 10, "bottom": 40}, x, y, legend=LEGEND_ABOVE)


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.2)"


def shift_bars(frame: pd.DataFrame, x_title: str) -> go.Figure:
    """One bar a `label` from 0 to `value`, with a range from `low` to `high`: blue to the right, orange to the left."""
    bars = {
        "type": "bar",
        "x": frame["value"].tolist(),
        "y": frame["label"].tolist(),
        "orientation": "h",
        "width": 0.55,
        "marker": {"color": [COLOURS[0] if v >= 0 else COLOURS[1] for v in frame["value"]]},
        "error_x": error_range(frame),
        "customdata": frame[["low", "high"]].to_numpy().tolist(),
        "hovertemplate": "%{y}: %{x:.1f} (range %{customdata[0]:.1f} to %{customdata[1]:.1f})<extra></extra>",
    }
    x = titled(x_title, automargin=True, zeroline=True, zerolinewidth=2, zerolinecolor=GREY)
    y = {"autorange": "reversed", "automargin": True}
    return figure([bars], 90 + 44 * len(frame), {"top": 10, "bottom": 56}, x, y, showlegend=False)


def dots_with_range(
    frame: pd.DataFrame,
    x_title: str,
    series: Sequence[str],
    reference: str | None = None,
    x_range: tuple[float, float] | None = None,
    reference_name: str = "all replies equally likely",
) -> go.Figure:
    """One row a `label`, one dot a `series` at `value` with a bar from `low` to `high`.

    `reference` names a column drawn as a grey tick, and `reference_name` says what it is. `x_range` fixes the axis
    where the scale has ends, so that a small difference looks small.
    """
    labels = list(dict.fromkeys(frame["label"]))
    step = 0.5 / max(1, len(series))
    traces = [
        _dots(frame[frame["series"] == name], name, i, labels, (i - (len(series) - 1) / 2) * step)
        for i, name in enumerate(series)
    ]
    if reference:
        first = frame.drop_duplicates("label")
        ticks = {
            "type": "scatter",
            "x": first[reference].tolist(),
            "y": [labels.index(label) for label in first["label"]],
            "mode": "markers",
            "name": reference_name,
            "marker": {"symbol": "line-ns", "size": 26, "line": {"width": 2, "color": GREY}},
            "hovertemplate": f"%{{x:.2f}}: {reference_name}",
        }
        traces.append(ticks)
    x = titled(x_title, automargin=True, range=x_range)
    y = {"tickvals": list(range(len(labels))), "ticktext": labels, "autorange": "reversed", "automargin": True}
    more = {"legend": LEGEND_ABOVE, "hoverlabel": {"align": "left"}}
    return figure(traces, 110 + 62 * len(labels), {"top": 10, "bottom": 56}, x, y, **more)


def _dots(rows: pd.DataFrame, name: str, number: int, labels: Sequence[str], offset: float) -> dict[str, Any]:
    """One series of dots, moved by `offset` from the line of its label."""
    return {
        "type": "scatter",
        "x": rows["value"].tolist(),
        "y": [labels.index(label) + offset for label in rows["label"]],
        "error_x": error_range(rows, width=4),
        "mode": "markers",
        "name": name,
        "marker": {"size": 10, **own(number)},
        "customdata": rows[["label", "low", "high"]].to_numpy().tolist(),
        "hovertemplate": "%{customdata[0]}<br>%{x:.2f} (range %{customdata[1]:.2f} to %{customdata[2]:.2f})",
    }


def ternary_path(ends: pd.DataFrame, path: pd.DataFrame) -> go.Figure:
    """Where `helpful`, `harmless` and `honest` stand to each other, as shares of their sum.

    The named `ends` have a symbol each; the `path` is numbered in the order of its rows. The triangle is cut to the
    part that holds the points, with room around: pulls lie close together.
    """
    named, passed = _pulls(ends), _pulls(path)
    traces = [_ternary_points([p], p.label, mode="markers", marker={"size": 12, **own(i)}) for i, p in enumerate(named)]
    if passed:
        numbers = {"text": [str(k) for k in range(1, len(passed) + 1)], "textposition": "top center"}
        grey = {"line": {"width": 1.5, "color": GREY}, "marker": {"size": 9, "color": GREY, "symbol": "x"}}
        traces.append(_ternary_points(passed, "your dials, in order", mode="lines+markers+text", **numbers, **grey))
    every = list(zip(*(p.shares for p in (*named, *passed)), strict=True))  # one column a side
    room = max(0.02, 0.3 * max(max(side) - min(side) for side in every)) if every else 0.0
    least = [max(0.0, min(side) - room) for side in every] or [0.0] * 3
    axis = {"tickformat": ".0%", "ticks": "outside", "nticks": 5}
    sides = zip("abc", CRITERIA, least, strict=True)
    layout = {
        "height": 460,
        "margin": {"l": 60, "r": 60, "t": 50, "b": 40},
        "legend": {"orientation": "h", "y": -0.12, "yanchor": "top", "x": 0},
        "ternary": {
            "sum": 1,
            "bgcolor": "rgba(0,0,0,0)",
            **{f"{side}axis": {"title": {"text": name}, "min": low, **axis} for side, name, low in sides},
        },
    }
    return go.Figure({"data": traces, "layout": layout})


class _Pull(NamedTuple):
    label: str
    values: tuple[float, ...]  # in the order of CRITERIA
    shares: tuple[float, ...]


def _pulls(frame: pd.DataFrame) -> list[_Pull]:
    rows = [(r["label"], tuple(r[c] for c in CRITERIA)) for r in frame.to_dict("records")]
    return [_Pull(label, values, tuple(v / sum(values) for v in values)) for label, values in rows]


def _ternary_points(points: Sequence[_Pull], name: str, **drawn: Any) -> dict[str, Any]:
    return {
        "type": "scatterternary",
        **{side: [p.shares[k] for p in points] for k, side in enumerate("abc")},
        "name": name,
        "customdata": [[p.label, *p.values] for p in points],
        "hovertemplate": (
            "%{customdata[0]}<br>pull on helpful %{customdata[1]:.2f}, harmless %{customdata[2]:.2f}, honest"
            " %{customdata[3]:.2f}"
        ),
        **drawn,
    }


def calibration_curve(bins: Sequence[Any]) -> go.Figure:
    """Observed against predicted rate, a dot a bin (`predicted`, `observed`, `n`), and the line of equality."""
    even = {"x": [0, 1], "y": [0, 1], "mode": "lines", "line": {"dash": "dot", "color": GREY}, "hoverinfo": "skip"}
    found = {
        "x": [b.predicted for b in bins],
        "y": [b.observed for b in bins],
        "mode": "lines+markers",
        "marker": {"size": 9, "color": COLOURS[0]},
        "customdata": [b.n for b in bins],
        "hovertemplate": "predicted %{x:.2f}, observed %{y:.2f}, n %{customdata}<extra></extra>",
    }
    plain = {"type": "scatter", "showlegend": False}
    return small([plain | even, plain | found], "predicted probability", "observed share", [0, 1])


def coverage_curve(steps: Sequence[Any]) -> go.Figure:
    """Accuracy (`accuracy`) on the surest part (`coverage`) of the rows."""
    line = {
        "type": "scatter",
        "x": [100 * s.coverage for s in steps],
        "y": [s.accuracy for s in steps],
        "mode": "lines+markers",
        "marker": {"size": 8, "color": COLOURS[2], "symbol": SYMBOLS[2]},
        "hovertemplate": "surest %{x:.0f}%: accuracy %{y:.2f}<extra></extra>",
    }
    least = min(0.4, *(s.accuracy for s in steps)) - 0.03
    return small([line], "surest part of the rows, %", "accuracy", [least, 1.03])
