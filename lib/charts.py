"""Frames -> plotly figures. Colours are those of Okabe and Ito, and every series also has a symbol of its own."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star")


def counts_grid(frame: pd.DataFrame) -> go.Figure:
    """A count for each row label and column label of the frame, written into its cell; empty cells stay empty."""
    figure = go.Figure(
        go.Heatmap(
            z=frame.where(frame > 0).values,
            x=[c.replace(" / ", "<br>") for c in frame.columns],
            y=list(frame.index),
            text=[[str(v) if v else "" for v in row] for row in frame.values],
            texttemplate="%{text}",
            colorscale=[[0, "#dcebf5"], [1, "#6fb1dd"]],  # opaque and light, so that the counts read on light and dark pages
            textfont={"color": "#10161f"},
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="%{y}, %{x}: %{z} cases<extra></extra>",
        )
    )
    figure.update_layout(height=100 + 30 * len(frame), margin={"l": 10, "r": 10, "t": 40, "b": 10})
    figure.update_xaxes(side="top", automargin=True, showgrid=False, tickangle=0)
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    return figure


def dots_with_range(frame: pd.DataFrame, x_title: str, series: Sequence[str], reference: str | None = None) -> go.Figure:
    """One row a `label`, one dot a `series` at `value` with a bar from `low` to `high`; `reference` names a column drawn as a grey tick."""
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
            name="all replies equally likely",
            marker={"symbol": "line-ns", "size": 26, "line": {"width": 2, "color": "#888888"}},
            hovertemplate="%{x:.2f} if all replies were equally likely",
        )
    figure.update_layout(
        height=110 + 62 * len(labels),
        margin={"l": 10, "r": 10, "t": 10, "b": 40},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis_title=x_title,
        hoverlabel={"align": "left"},
    )
    figure.update_yaxes(tickvals=list(range(len(labels))), ticktext=labels, autorange="reversed", automargin=True)
    return figure
