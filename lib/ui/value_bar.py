"""A score on its scale from 0 to 1: a bar with its interval drawn, in the colour of its criterion."""

import streamlit as st

from lib.domain import Score
from lib.text import safe_html


def value_bar(score: Score, mark: str = "") -> None:
    """A score that has a value. `mark`: what must be known beside it, such as that the scorer is experimental."""
    assert score.value is not None
    low, high = (score.value if edge is None else edge for edge in (score.low, score.high))
    spread = "" if score.low is None or score.high is None else f" ({low:.2f}–{high:.2f})"
    said = f"{score.aspect} {score.value:.2f}{spread}"
    badge = f'<span class="tri-bar-mark">{safe_html(mark)}</span>' if mark else ""
    st.html(
        f'<div class="tri-bar tri-bar-{score.aspect}{" tri-bar-weak" if mark else ""}">'
        f"<div>{safe_html(said)} {badge}</div>"
        f'<div class="tri-bar-scale" role="img" aria-label="{safe_html(said)}, on a scale from 0 to 1">'
        f'<div class="tri-bar-value" style="width:{100 * score.value:.1f}%"></div>'
        f'<div class="tri-bar-range" style="left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%"></div>'
        "</div></div>"
    )
