"""Figures of a document, drawn by Typst as its pages are: shares of answers with their intervals."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from statsmodels.stats.proportion import proportion_confint

from lib.briefs.document import Figure
from lib.briefs.pdf import drawn
from lib.domain import CaseStudy, Model
from lib.measures.differences import CheckCount, Difference

_PIXELS_PER_INCH = 200


def shares(case: CaseStudy, found: Sequence[Difference], models: Mapping[str, Model]) -> Figure:
    """The two sides of each difference: in how many answers a check said yes, with Wilson's 95 % interval (1927)."""
    labels = {p.id: p.label for p in case.prompts}
    groups = tuple(
        (
            f"The answer {d.check.label}",
            tuple((f"{models[c.model_id].label}, {labels[c.prompt_id]}", c) for c in (d.before, d.after)),
        )
        for d in found
    )
    told = "; ".join(f"{title}: {where} {c.yes} of {c.told}" for title, rows in groups for where, c in rows)
    svg, png = _drawing(groups)
    caption = (
        "In how many of every 100 answers. Circle: the first side of a comparison; diamond: the second. Lines: 95%"
        " intervals (Wilson)."
    )
    return Figure(svg, png, f"Shares of answers: {told}.", caption)


@functools.lru_cache(maxsize=200)
def _drawing(groups: tuple[tuple[str, tuple[tuple[str, CheckCount], ...]], ...]) -> tuple[bytes, bytes]:
    values = [
        {"title": title, "rows": [_row(where, count, side) for side, (where, count) in enumerate(rows)]}
        for title, rows in groups
    ]
    return drawn(Path(__file__).with_name("figure.typ").read_bytes(), {"groups": values}, _PIXELS_PER_INCH)


def _row(label: str, count: CheckCount, side: int) -> dict[str, str | float]:
    low, high = proportion_confint(count.yes, count.told, method="wilson")
    return {
        "label": label,
        "value": count.yes / count.told,
        "low": max(0.0, float(low)),
        "high": min(1.0, float(high)),
        "told": f"{count.yes} of {count.told}",
        "side": side,
    }
