"""Figures of the findings: where models stand, which criteria moved apart, and whose weights favour which model."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from lib.charts.shared import COLOURS, CRITERIA, SYMBOLS, Palette, error_range, figure, titled

_UP, _DOWN = "triangle-up", "triangle-down"
_CORNERS = {"helpful": "a", "harmless": "b", "honest": "c"}


def positions(frame: pd.DataFrame, colour: str, palette: Palette, title: str) -> go.Figure:
    """One row a `label` at `value` (0 to 1) with `low` to `high`; an arrow from `start`, where there is one.

    `seeds`: the values of which `value` is the mean, each a small ring below it.
    """
    rows = list(range(len(frame)))
    dots = {
        "type": "scatter",
        "x": frame["value"].tolist(),
        "y": rows,
        "mode": "markers",
        "marker": {"size": 11, "color": colour},
        "error_x": error_range(frame, width=0, color=palette.grey),
        "customdata": frame[["label", "low", "high"]].to_numpy().tolist(),
        "hovertemplate": "%{customdata[0]}: %{x:.0%} (%{customdata[1]:.0%} to %{customdata[2]:.0%})<extra></extra>",
    }
    each = [(value, i, r["label"]) for i, r in enumerate(frame.to_dict("records")) for value in r["seeds"]]
    rings = {
        "type": "scatter",
        "x": [value for value, _, _ in each],
        "y": [i + 0.28 for _, i, _ in each],
        "mode": "markers",
        "marker": {"size": 6, "color": colour, "symbol": "circle-open", "line": {"width": 1}},
        "customdata": [[label] for _, _, label in each],
        "hovertemplate": "%{customdata[0]}, one seed: %{x:.0%}<extra></extra>",
    }
    arrows = [
        {
            **{"x": r["value"], "y": i, "ax": r["start"], "ay": i, "text": "", "showarrow": True},
            **{"xref": "x", "yref": "y", "axref": "x", "ayref": "y"},
            **{"arrowhead": 2, "arrowsize": 1.1, "arrowwidth": 2, "arrowcolor": colour, "opacity": 0.7, "standoff": 6},
        }
        for i, r in enumerate(frame.to_dict("records"))
        if pd.notna(r["start"]) and abs(r["value"] - r["start"]) > 0.02
    ]
    x = {"range": [-0.02, 1.02], "tickformat": ".0%", "tickvals": [0, 0.5, 1], "fixedrange": True, "automargin": True}
    y = {"tickvals": rows, "ticktext": frame["label"].tolist(), "range": [len(rows) - 0.5, -0.5], "fixedrange": True}
    heading = {"text": f"<b>{title}</b>", "x": 0.01, "y": 0.98, "yanchor": "top", "font": {"size": 15, "color": colour}}
    height, margins = 70 + 34 * len(rows), {"top": 34, "bottom": 30}
    more = {"annotations": arrows, "title": heading, "showlegend": False, "dragmode": False}
    return figure([dots, rings] if each else [dots], height, margins, x, {"automargin": True, **y}, **more)


def forest(frame: pd.DataFrame, palette: Palette) -> go.Figure:
    """Two marks a `label`: the criterion that rose (`up`, `up_value`, `up_low`, `up_high`) and the one that fell.

    `customdata` of a mark holds the row's `case` first.
    """
    traces = []
    for criterion in CRITERIA:
        marks = [
            {
                "y": i + offset,
                "symbol": symbol,
                **{k: r[f"{side}_{k}"] for k in ("value", "low", "high")},
                "data": [r["case"], r["label"], criterion, r["verdict"]],
            }
            for i, r in enumerate(frame.to_dict("records"))
            for side, symbol, offset in (("up", _UP, -0.16), ("down", _DOWN, 0.16))
            if r[side] == criterion
        ]
        if marks:
            traces.append(_marks(criterion, pd.DataFrame(marks), palette.of(criterion)))
    labels = [f"{r['label']}" for r in frame.to_dict("records")]
    x = titled("change in share of checks", automargin=True, fixedrange=True)
    x |= {"zeroline": True, "zerolinewidth": 2, "zerolinecolor": palette.grey, "tickformat": "+.0%"}
    y = {"tickvals": list(range(len(labels))), "ticktext": labels, "range": [len(labels) - 0.4, -0.6]}
    legend = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0}
    height, margins = 110 + 34 * len(labels), {"top": 30, "bottom": 50}
    return figure(
        traces, height, margins, x, {"automargin": True, "fixedrange": True, **y}, legend=legend, dragmode=False
    )


def _marks(name: str, rows: pd.DataFrame, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": name,
        "x": rows["value"].tolist(),
        "y": rows["y"].tolist(),
        "mode": "markers",
        "marker": {"size": 12, "color": colour, "symbol": rows["symbol"].tolist(), "opacity": 1},
        "error_x": error_range(rows, width=0, color=colour),
        "customdata": rows["data"].tolist(),
        "hovertemplate": "%{customdata[1]}: %{customdata[2]} %{x:+.0%}, %{customdata[3]}<extra></extra>",
        "unselected": {"marker": {"opacity": 1}},
    }


def atlas(frame: pd.DataFrame, palette: Palette) -> go.Figure:
    """Every case where its three shifts put it: nearer to a corner, the more of the movement was on that criterion.

    `helpful`, `harmless`, `honest`: shifts in standard deviations (missing: not checked); `verdict`, `label`, `case`;
    size by the whole movement. The colour is that of the criterion that rose most.
    """
    traces = []
    for symbol, (verdict, rows) in zip(SYMBOLS, frame.groupby("verdict", sort=False), strict=False):
        moved = rows[list(CRITERIA)].abs().fillna(0)
        total = moved.sum(axis=1)
        rose = rows[list(CRITERIA)].fillna(-9).idxmax(axis=1)
        traces.append(
            {
                "type": "scatterternary",
                "cliponaxis": False,
                "name": str(verdict),
                **{side: (moved[c] / total).tolist() for c, side in _CORNERS.items()},
                "mode": "markers",
                "marker": {
                    "symbol": symbol,
                    "size": (8 + 5 * total.clip(upper=3)).tolist(),
                    "color": [palette.of(c) for c in rose],
                    "line": {"width": 1, "color": palette.background},
                    "opacity": 0.85,
                },
                "customdata": rows[["case", "label", *CRITERIA]]
                .astype(object)
                .where(rows.notna(), None)
                .to_numpy()
                .tolist(),
                "hovertemplate": (
                    "%{customdata[1]}<br>helpful %{customdata[2]:+.1f}, harmless %{customdata[3]:+.1f}, honest"
                    " %{customdata[4]:+.1f} SD<extra></extra>"
                ),
                "unselected": {"marker": {"opacity": 0.85}},
            }
        )
    return _triangle(traces, palette)


def weights(grid: pd.DataFrame, chosen: Mapping[str, float], models: Sequence[str], palette: Palette) -> go.Figure:
    """A triangle of weights: each dot (`helpful`, `harmless`, `honest`) in the colour of the model that comes `first`
    there, and a star where the reader stands. `customdata` of a dot holds its weights."""
    traces = [
        {
            "type": "scatterternary",
            "cliponaxis": False,
            "name": model,
            **{side: mine[c].tolist() for c, side in _CORNERS.items()},
            "mode": "markers",
            "marker": {
                "size": 15,
                "color": COLOURS[i % len(COLOURS)],
                "symbol": SYMBOLS[i % len(SYMBOLS)],
                "opacity": 0.75,
            },
            "customdata": mine[list(CRITERIA)].to_numpy().tolist(),
            "hovertemplate": (f"{model}<br>helpful %{{a:.0%}}, harmless %{{b:.0%}}, honest %{{c:.0%}}<extra></extra>"),
            "unselected": {"marker": {"opacity": 0.75}},
        }
        for i, model in enumerate(models)
        if len(mine := grid[grid["first"] == model])
    ]
    here = {
        "type": "scatterternary",
        "cliponaxis": False,
        "name": "you",
        **{side: [chosen[c]] for c, side in _CORNERS.items()},
        "mode": "markers",
        "marker": {
            "size": 20,
            "symbol": "star",
            "color": palette.ink,
            "line": {"width": 2, "color": palette.background},
        },
        "hovertemplate": "your weights<extra></extra>",
    }
    return _triangle([*traces, here], palette)


def _triangle(traces: list[dict[str, Any]], palette: Palette) -> go.Figure:
    axis = {"tickformat": ".0%", "tickvals": [0.25, 0.5, 0.75], "gridcolor": palette.grey, "linecolor": palette.grey}
    axis["tickfont"] = {"size": 11, "color": palette.grey}
    layout = {
        "height": 560,
        "margin": {"l": 56, "r": 56, "t": 70, "b": 40},  # room for the corners' names on a phone
        "legend": {"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0},
        "dragmode": False,
        "ternary": {
            "sum": 1,
            "bgcolor": "rgba(0,0,0,0)",
            **{
                f"{side}axis": axis | {"title": {"text": f"<b>{c}</b>", "font": {"color": palette.of(c)}}}
                for c, side in _CORNERS.items()
            },
        },
    }
    return go.Figure({"data": traces, "layout": layout})
