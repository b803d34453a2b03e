"""Frames -> plotly figures."""

from lib.charts.figures import (
    calibration_curve,
    counts_grid,
    coverage_curve,
    cross_heatmap,
    dots_with_range,
    loss_curves,
    shift_bars,
    ternary_path,
)
from lib.charts.findings import atlas, forest, positions, weights
from lib.charts.preferences import odds
from lib.charts.shared import COLOURS, DARK, LIGHT, SYMBOLS, Palette

__all__ = [
    "COLOURS",
    "DARK",
    "LIGHT",
    "SYMBOLS",
    "Palette",
    "atlas",
    "calibration_curve",
    "counts_grid",
    "coverage_curve",
    "cross_heatmap",
    "dots_with_range",
    "forest",
    "loss_curves",
    "odds",
    "positions",
    "shift_bars",
    "ternary_path",
    "weights",
]
