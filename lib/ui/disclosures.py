"""One matrix of models by what their makers disclose, in words, signs and colours."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from lib.domain import Model
from lib.models.registry import INGREDIENTS
from lib.ui import takeaway


class _Look(NamedTuple):
    sign: str
    colour: str  # red, green, blue and opacity


_LOOK = {
    "disclosed": _Look("●", "0, 158, 115, 0.30"),
    "partly": _Look("◐", "230, 159, 0, 0.28"),
    "not disclosed": _Look("○", "213, 94, 0, 0.30"),
    "not tuned": _Look("–", "128, 128, 128, 0.10"),
    "not stated": _Look("?", "128, 128, 128, 0.20"),
}


def matrix(models: Sequence[Model]) -> None:
    """Models by ingredients of their tuning. What was found, and where, is in the file and in each model's details."""
    if not models:
        return
    frame = pd.DataFrame(
        [[_cell(_status(m, about)) for about in INGREDIENTS] for m in models],
        index=pd.Index([m.label for m in models], name="model"),
        columns=list(INGREDIENTS),
    )
    st.dataframe(
        frame.style.map(_shade),
        key="models_matrix",
        column_config={"_index": st.column_config.TextColumn(width=270)},
        height=36 + 35 * len(frame) + 3,
        alt="What the makers of each model disclose about its tuning",
    )
    st.caption(f"{_tally(models)} A base model is not tuned, so there is nothing to disclose.")
    st.download_button(
        "Download with notes and sources (CSV)",
        takeaway.csv(as_rows(models)),
        "trilemma-disclosures.csv",
        "text/csv",
        key="models_csv",
        icon=":material/download:",
        on_click="ignore",
    )


def as_rows(models: Sequence[Model]) -> pd.DataFrame:
    """One row a model and ingredient: the status, what was found, and the source."""
    return pd.DataFrame(
        [
            {
                "model": m.label,
                "stage": m.stage,
                "about": about,
                "status": _status(m, about),
                "what we found": found.note if (found := m.disclosures.get(about)) else None,
                "source": found.source if found else None,
            }
            for m in models
            for about in INGREDIENTS
        ]
    )


def _status(model: Model, about: str) -> str:
    found = model.disclosures.get(about)
    return found.status if found else "not tuned" if model.stage == "base" else "not stated"


def _cell(status: str) -> str:
    return f"{_LOOK[status].sign} {status}"


def _shade(cell: str) -> str:
    return f"background-color: rgba({_LOOK[cell.split(' ', 1)[1]].colour})"


def _tally(models: Sequence[Model]) -> str:
    """How much is disclosed of the tuned models, over all ingredients."""
    found = [_status(m, about) for m in models if m.stage != "base" for about in INGREDIENTS]
    if not found:
        return ""
    counts = {status: found.count(status) for status in ("disclosed", "partly", "not disclosed")}
    return (
        f"Of {len(found)} things that makers of tuned models could disclose, {counts['disclosed']} are disclosed fully,"
        f" {counts['partly']} partly, {counts['not disclosed']} not."
    )
