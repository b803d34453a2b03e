"""Figures of preference data: what one set, or two beside each other, reward."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from lib.charts.shared import LEGEND_ABOVE, SYMBOLS, Palette, error_range, figure, titled

_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
_HOVER = "%{customdata[0]}: %{customdata[1]:.2f} (%{customdata[2]:.2f} to %{customdata[3]:.2f})"
_MOST = 60.0  # odds at which a mark is cut off: beyond, almost every pair goes one way


def odds(frame: pd.DataFrame, series: Sequence[str], palette: Palette) -> go.Figure:
    """One row a `label`, one dot a `series` (at most two) at `value`, from `low` to `high`: odds, on a log axis."""
    labels = list(dict.fromkeys(frame["label"]))
    step = 0.36 if len(series) > 1 else 0.0
    traces = []
    for number, name in enumerate(series):
        rows = frame[frame["series"] == name].copy()
        told = rows[["label", "value", "low", "high"]].to_numpy().tolist()
        for column in ("value", "low", "high"):
            rows[column] = rows[column].clip(1 / _MOST, _MOST)
        colour = (palette.helpful, palette.honest)[number]
        offset = (number - (len(series) - 1) / 2) * step
        traces.append(
            {
                "type": "scatter",
                "name": name,
                "x": rows["value"].tolist(),
                "y": [labels.index(label) + offset for label in rows["label"]],
                "mode": "markers",
                "marker": {"size": 10, "color": colour, "symbol": SYMBOLS[number]},
                "error_x": error_range(rows, width=0, color=colour),
                "customdata": told,
                "hovertemplate": _HOVER,
            }
        )
    beyond = max(1 / frame["low"].clip(1 / _MOST, _MOST).min(), frame["high"].clip(1 / _MOST, _MOST).max(), 2.0)
    ticks = [t for t in _TICKS if 1 / beyond <= t <= beyond]
    x = titled("times as often chosen as the other reply", type="log", automargin=True, fixedrange=True)
    x |= {"tickvals": ticks, "ticktext": [f"{t:g}×" for t in ticks]}
    y = {"tickvals": list(range(len(labels))), "ticktext": labels, "range": [len(labels) - 0.4, -0.6]}
    line: dict[str, Any] = {"type": "line", "x0": 1, "x1": 1, "yref": "paper", "y0": 0, "y1": 1}
    line |= {"line": {"color": palette.grey, "width": 2}}
    more = {"shapes": [line], "legend": LEGEND_ABOVE, "showlegend": len(series) > 1, "dragmode": False}
    height = 110 + (34 if len(series) > 1 else 27) * len(labels)
    return figure(traces, height, {"top": 30, "bottom": 50}, x, {"automargin": True, "fixedrange": True, **y}, **more)
