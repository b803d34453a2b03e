"""Frames -> plotly figures. Colours are those of Okabe and Ito, with two more, and every series also has a symbol of its own."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#7F7F7F")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "hexagon", "x")


def counts_grid(frame: pd.DataFrame) -> go.Figure:
    """A count for each row label and column label of the frame, as a dot that grows with it, the number inside; the margins carry the sums.

    `customdata` of a dot holds its row label and its column label.
    """
    columns = {name: f"{str(name).replace(' / ', ' ↔<br>')}<br><b>{total}</b>" for name, total in frame.sum().items()}
    rows = {name: f"{_two_lines(str(name))} <b>{total}</b>" for name, total in frame.sum(axis=1).items()}
    cells = [
        (row, column, count)
        for row, counts in frame.to_dict("index").items()
        for column, count in counts.items()
        if count
    ]
    figure = go.Figure(
        go.Scatter(
            x=[columns[column] for _, column, _ in cells],
            y=[rows[row] for row, _, _ in cells],
            mode="markers+text",
            text=[str(count) for *_, count in cells],
            customdata=cells,
            marker={
                "size": [20 + 5 * count**0.5 for *_, count in cells],
                "color": "#a9d3ee",
                "line": {"width": 1, "color": "#0072B2"},
                "opacity": 1,
            },
            textfont={"color": "#10161f", "size": 14},  # dark on light dots, on light and dark pages alike
            selected={"marker": {"opacity": 1, "color": "#f0c869"}, "textfont": {"color": "#10161f"}},
            unselected={"marker": {"opacity": 1}, "textfont": {"color": "#10161f"}},
            hovertemplate="%{customdata[0]}, %{customdata[1]}: %{customdata[2]}<extra></extra>",
        )
    )
    figure.update_layout(
        height=100 + 40 * len(frame), margin={"l": 10, "r": 10, "t": 60, "b": 10}, showlegend=False, dragmode=False
    )
    figure.update_xaxes(
        side="top",
        automargin=True,
        tickangle=0,
        type="category",
        categoryarray=list(columns.values()),
        range=[-0.5, len(columns) - 0.5],
        fixedrange=True,
    )
    figure.update_yaxes(
        automargin=True,
        type="category",
        categoryarray=list(rows.values()),
        range=[len(rows) - 0.5, -0.5],
        fixedrange=True,
    )
    return figure


def cross_heatmap(frame: pd.DataFrame) -> go.Figure:
    """Accuracy of each `model` on each `set`, with `low`, `high` and `n` in the cell: blue above .5, orange below."""
    models, sets = list(dict.fromkeys(frame["model"])), list(dict.fromkeys(frame["set"]))
    at = {(r["model"], r["set"]): r for r in frame.to_dict("records")}
    rows = [[at[m, s] for s in sets] for m in models]
    figure = go.Figure(
        go.Heatmap(
            z=[[r["accuracy"] for r in row] for row in rows],
            x=[f"{s} pairs" for s in sets],
            y=models,
            text=[["<b>{accuracy:.2f}</b><br>{low:.2f}–{high:.2f}, n {n}".format(**r) for r in row] for row in rows],
            texttemplate="%{text}",
            textfont={"color": "#10161f", "size": 12},
            zmin=0.2,
            zmax=0.8,
            colorscale=[[0, "#f2b48a"], [0.5, "#f7f7f5"], [1, "#8cc0e4"]],
            showscale=False,
            xgap=3,
            ygap=3,
            hovertemplate="%{y} on %{x}: %{z:.2f}<extra></extra>",
        )
    )
    figure.update_layout(height=80 + 58 * len(models), margin={"l": 10, "r": 10, "t": 40, "b": 10})
    figure.update_xaxes(side="top", automargin=True, showgrid=False)
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    return figure


def loss_curves(frame: pd.DataFrame) -> go.Figure:
    """`loss` over the share of training done (`done`, %), a line an `adapter`, thin for each step and thick for the running mean (`smooth`)."""
    figure = go.Figure()
    for i, (name, rows) in enumerate(frame.groupby("adapter", sort=False)):
        colour = COLOURS[i % len(COLOURS)]
        figure.add_scatter(
            x=rows["done"],
            y=rows["loss"],
            mode="lines",
            line={"width": 1, "color": colour},
            opacity=0.25,
            showlegend=False,
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=rows["done"],
            y=rows["smooth"],
            mode="lines",
            name=str(name),
            line={"width": 2.5, "color": colour},
            hovertemplate="%{x:.0f} % done: %{y:.2f}",
        )
    figure.update_layout(
        height=320,
        margin={"l": 10, "r": 10, "t": 10, "b": 40},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis_title="training done, %",
        yaxis_title="loss",
    )
    return figure


def shift_bars(frame: pd.DataFrame, x_title: str) -> go.Figure:
    """One bar a `label` from 0 to `value`, with its range from `low` to `high`: blue to the right, orange to the left."""
    figure = go.Figure(
        go.Bar(
            x=frame["value"],
            y=frame["label"],
            orientation="h",
            width=0.55,
            marker={"color": [COLOURS[0] if v >= 0 else COLOURS[1] for v in frame["value"]]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": frame["high"] - frame["value"],
                "arrayminus": frame["value"] - frame["low"],
                "thickness": 1.5,
            },
            customdata=frame[["low", "high"]],
            hovertemplate="%{y}: %{x:.1f} (range %{customdata[0]:.1f} to %{customdata[1]:.1f})<extra></extra>",
        )
    )
    figure.update_layout(
        height=90 + 44 * len(frame), margin={"l": 10, "r": 10, "t": 10, "b": 56}, xaxis_title=x_title, showlegend=False
    )
    figure.update_xaxes(automargin=True, zeroline=True, zerolinewidth=2, zerolinecolor="#888888")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def ternary_path(ends: pd.DataFrame, path: pd.DataFrame) -> go.Figure:
    """Where `helpful`, `harmless` and `honest` stand to each other (shares of their sum): the named `ends`, a symbol each, and the `path` in the order of its rows, numbered.

    The triangle is cut to the part that holds the points, with room around: pulls lie close together.
    """
    figure = go.Figure()
    for i, row in enumerate(ends.to_dict("records")):
        marker = {"size": 12, "color": COLOURS[i % len(COLOURS)], "symbol": SYMBOLS[i % len(SYMBOLS)]}
        _add_ternary(figure, pd.DataFrame([row]), row["label"], mode="markers", marker=marker)
    if len(path):
        numbers = {"text": [str(k) for k in range(1, len(path) + 1)], "textposition": "top center"}
        grey = {"line": {"width": 1.5, "color": "#888888"}, "marker": {"size": 9, "color": "#888888", "symbol": "x"}}
        _add_ternary(figure, path, "your dials, in order", mode="lines+markers+text", **numbers, **grey)
    every = _shares(pd.concat([ends, path], ignore_index=True))
    room = max(0.02, 0.3 * float((every.max() - every.min()).max())) if len(every) else 0.0
    least = {name: max(0.0, float(every[name].min()) - room) if len(every) else 0.0 for name in every}
    axis = {"tickformat": ".0%", "ticks": "outside", "nticks": 5}
    figure.update_layout(
        height=460,
        margin={"l": 60, "r": 60, "t": 50, "b": 40},
        legend={"orientation": "h", "y": -0.12, "yanchor": "top", "x": 0},
        ternary={
            "sum": 1,
            "bgcolor": "rgba(0,0,0,0)",
            **{
                f"{side}axis": {"title": {"text": name}, "min": least[name], **axis}
                for side, name in zip("abc", least, strict=True)
            },
        },
    )
    return figure


def _shares(frame: pd.DataFrame) -> pd.DataFrame:
    three = frame[["helpful", "harmless", "honest"]]
    return three.div(three.sum(axis=1), axis=0)


def _add_ternary(figure: go.Figure, frame: pd.DataFrame, name: str, **drawn: Any) -> None:
    figure.add_scatterternary(
        **{side: values for side, (_, values) in zip("abc", _shares(frame).items(), strict=True)},
        name=name,
        customdata=frame[["label", "helpful", "harmless", "honest"]],
        hovertemplate=(
            "%{customdata[0]}<br>pull on helpful %{customdata[1]:.2f}, harmless %{customdata[2]:.2f}, honest"
            " %{customdata[3]:.2f}"
        ),
        **drawn,
    )


def _two_lines(label: str) -> str:
    """A long label broken before its `and`, so that it leaves room for the chart on a phone."""
    return label.replace(" and ", "<br>and ", 1) if len(label) > 20 else label


def dots_with_range(
    frame: pd.DataFrame,
    x_title: str,
    series: Sequence[str],
    reference: str | None = None,
    x_range: tuple[float, float] | None = None,
    reference_name: str = "all replies equally likely",
) -> go.Figure:
    """One row a `label`, one dot a `series` at `value` with a bar from `low` to `high`; `reference` names a column drawn as a grey tick, and `reference_name` says what it is.

    `x_range` fixes the axis where the scale has ends, so that a small difference looks small.
    """
    figure = go.Figure()
    labels = list(dict.fromkeys(frame["label"]))
    step = 0.5 / max(1, len(series))
    for i, name in enumerate(series):
        rows = frame[frame["series"] == name]
        offset = (i - (len(series) - 1) / 2) * step
        figure.add_scatter(
            x=rows["value"],
            y=[labels.index(label) + offset for label in rows["label"]],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": rows["high"] - rows["value"],
                "arrayminus": rows["value"] - rows["low"],
                "thickness": 1.5,
                "width": 4,
            },
            mode="markers",
            name=name,
            marker={"size": 10, "color": COLOURS[i % len(COLOURS)], "symbol": SYMBOLS[i % len(SYMBOLS)]},
            customdata=rows[["label", "low", "high"]],
            hovertemplate="%{customdata[0]}<br>%{x:.2f} (range %{customdata[1]:.2f} to %{customdata[2]:.2f})",
        )
    if reference:
        first = frame.drop_duplicates("label")
        figure.add_scatter(
            x=first[reference],
            y=[labels.index(label) for label in first["label"]],
            mode="markers",
            name=reference_name,
            marker={"symbol": "line-ns", "size": 26, "line": {"width": 2, "color": "#888888"}},
            hovertemplate=f"%{{x:.2f}}: {reference_name}",
        )
    figure.update_layout(
        height=110 + 62 * len(labels),
        margin={"l": 10, "r": 10, "t": 10, "b": 56},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis_title=x_title,
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(automargin=True, range=x_range)
    figure.update_yaxes(tickvals=list(range(len(labels))), ticktext=labels, autorange="reversed", automargin=True)
    return figure


def calibration_curve(bins: Sequence[Any]) -> go.Figure:
    """Observed against predicted rate, one dot a bin (`predicted`, `observed`, `n`), beside the line on which they are equal."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot", "color": "#888888"}, hoverinfo="skip", showlegend=False
    )
    figure.add_scatter(
        x=[b.predicted for b in bins],
        y=[b.observed for b in bins],
        mode="lines+markers",
        marker={"size": 9, "color": COLOURS[0]},
        customdata=[b.n for b in bins],
        hovertemplate="predicted %{x:.2f}, observed %{y:.2f}, n %{customdata}<extra></extra>",
        showlegend=False,
    )
    return _small(figure, "predicted probability", "observed share", [0, 1])


def coverage_curve(steps: Sequence[Any]) -> go.Figure:
    """Accuracy (`accuracy`) on the surest part (`coverage`) of the rows."""
    figure = go.Figure(
        go.Scatter(
            x=[100 * s.coverage for s in steps],
            y=[s.accuracy for s in steps],
            mode="lines+markers",
            marker={"size": 8, "color": COLOURS[2], "symbol": SYMBOLS[2]},
            hovertemplate="surest %{x:.0f} %: accuracy %{y:.2f}<extra></extra>",
        )
    )
    return _small(
        figure, "surest part of the rows, %", "accuracy", [min(0.4, *(s.accuracy for s in steps)) - 0.03, 1.03]
    )


def _small(figure: go.Figure, x: str, y: str, y_range: list[float]) -> go.Figure:
    figure.update_layout(height=260, margin={"l": 10, "r": 10, "t": 10, "b": 40}, xaxis_title=x, yaxis_title=y)
    figure.update_yaxes(range=y_range, automargin=True)
    return figure
