"""What every figure is drawn with: colours, symbols, and plotly's settings in short."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

# Of Okabe and Ito, with two more.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#7F7F7F")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "hexagon", "x")
INK = "#10161f"  # text inside light dots and cells, on light and dark pages alike
GREY = "#888888"
CRITERIA = ("helpful", "harmless", "honest")
LEGEND_ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


class Palette(NamedTuple):
    """Colours that stand out on a page of one theme: each has a contrast of at least 4.5 with its background."""

    helpful: str
    harmless: str
    honest: str
    refusal: str
    ink: str
    grey: str
    background: str

    def of(self, name: str) -> str:
        return getattr(self, name, self.grey)


LIGHT = Palette("#0b5c94", "#17703f", "#a34a00", "#5b4b8a", "#1b2430", "#666e79", "#ffffff")
DARK = Palette("#6bb8ee", "#5fd39b", "#f2a65a", "#b7a6f0", "#e6ebf2", "#9aa4b1", "#10161f")


def figure(
    traces: Sequence[Mapping[str, Any]],
    height: int,
    margins: Mapping[str, int],
    x: Mapping[str, Any],
    y: Mapping[str, Any],
    **more: Any,
) -> go.Figure:
    """A figure that plotly checks once: adding traces and settings one after the other takes four times as long."""
    margin = {"l": 10, "r": 10, "t": margins["top"], "b": margins["bottom"]}
    layout = {"height": height, "margin": margin, "xaxis": x, "yaxis": y, **more}
    return go.Figure({"data": list(traces), "layout": layout})


def small(traces: Sequence[Mapping[str, Any]], x: str, y: str, y_range: Sequence[float]) -> go.Figure:
    across = titled(y, range=y_range, automargin=True)
    return figure(traces, 260, {"top": 10, "bottom": 40}, titled(x), across)


def titled(title: str, **axis: Any) -> dict[str, Any]:
    return {"title": {"text": title}, **axis}


def own(number: int) -> dict[str, str]:
    """The colour and the symbol of a series."""
    return {"color": COLOURS[number % len(COLOURS)], "symbol": SYMBOLS[number % len(SYMBOLS)]}


def error_range(rows: pd.DataFrame, **drawn: Any) -> dict[str, Any]:
    """Error bars from `low` to `high` around `value`."""
    beyond, below = (rows["high"] - rows["value"]).tolist(), (rows["value"] - rows["low"]).tolist()
    return {"type": "data", "symmetric": False, "array": beyond, "arrayminus": below, "thickness": 1.5, **drawn}


def two_lines(label: str) -> str:
    """A long label broken before its `and`, so that it leaves room for the chart on a phone."""
    return label.replace(" and ", "<br>and ", 1) if len(label) > 20 else label
