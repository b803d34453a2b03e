"""What a mix of tunings answered, which replies it favours, and the path of the dials."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib import charts
from lib.cases.replies import STEMS
from lib.domain import CRITERIA, CaseStudy, Prompt, ReplyLogLikelihood
from lib.measures.likelihood import pulls, reply_shifts, shift_slopes
from lib.scoring.coherence import coherence
from lib.text import text_block
from lib.tuning.mix import SETTINGS, Position
from lib.ui import cached, takeaway, words

Rows = Sequence[ReplyLogLikelihood]


def results(study: CaseStudy, prompt: Prompt, position: Position, name: str, base: Rows | None) -> None:
    """The mix at one position of the dials; `base`: the base's log-likelihoods of the same replies, `name`: its own."""
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        _answer(position)
    with right.container(border=True, height="stretch"):
        _favoured(study, prompt, position, name, base)
    if base is None:
        st.info(
            f"The {name}'s log-likelihoods of these replies are not stored, so no shift can be shown. `python -m lib"
            " precompute` computes them.",
            icon=":material/hourglass_empty:",
        )
    else:
        _shifts(study, prompt, position, name, base)


def _answer(position: Position) -> None:
    st.markdown(f"**The mix answers** ({position.label})")
    st.html(text_block(position.answer or "(The mix wrote nothing.)"))
    if not (gate := coherence(position.answer)).coherent:
        st.caption(f":material/warning: Not readable as language: {gate.reason}.")
    if position.finish == "length":
        st.caption(":material/content_cut: Cut off at the token limit.")
    st.caption(
        f"One unscored sample at temperature {SETTINGS.temperature:g}, at most {SETTINGS.max_tokens} tokens, always"
        " with the same seed. Another seed would give another answer."
    )


def _favoured(study: CaseStudy, prompt: Prompt, position: Position, name: str, base: Rows | None) -> None:
    st.markdown("**Which kind of reply does the mix favour?**")
    series = {name: base, "this mix": position.rows} if base else {"this mix": position.rows}
    frame = pd.DataFrame(
        [
            {"label": p.criterion, "series": which, **p._asdict()}
            for which, rows in series.items()
            for p in pulls(study, prompt.id, rows)
        ]
    )
    takeaway.chart(
        charts.dots_with_range(frame, "expected rating, 0 to 1", list(series), reference="even", x_range=(0, 1)),
        key="tuning_pull",
        alt=f"Expected rating on each criterion under the {name} and under the mix",
    )
    st.caption(
        f"From the log-likelihoods of {len(study.replies_to(prompt))} replies in 2 wordings, after the prompt and after"
        f" {len(STEMS)} neutral stems. Bars: the range over the {2 * len(STEMS)} combinations, not a confidence"
        " interval. Grey tick: every reply equally likely."
    )


def _shifts(study: CaseStudy, prompt: Prompt, position: Position, name: str, base: Rows) -> None:
    """From the base to the mix: towards each criterion, and of each reply."""
    slopes = pd.DataFrame(
        [{"label": s.criterion, **s._asdict()} for s in shift_slopes(study, prompt.id, base, position.rows)]
    )
    shifts = pd.DataFrame(
        [
            {"label": words.reply_name(s.reply_id), **s._asdict()}
            for s in reply_shifts(study, prompt.id, base, position.rows)
        ]
    )
    boxes = (
        (
            f"Shift from the {name} towards each criterion",
            charts.shift_bars(slopes, "nats per 100 characters, for a full step of rating"),
            f"how much the mix favours replies rated high on a criterion over those rated low, against the {name}",
            (
                f"Slope of the replies' shifts on their ratings ({len(study.replies_to(prompt))} replies). To the"
                " right: replies rated high gained more than replies rated low."
            ),
        ),
        (
            "Which reply did tuning move?",
            charts.shift_bars(shifts, f"right: likelier than under the {name}<br>(nats per 100 characters)"),
            "how much likelier or less likely each reference reply became",
            "Mean of two wordings.",
        ),
    )
    for column, (title, figure, alt, note) in zip(st.columns(2), boxes, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            takeaway.chart(figure, key=f"tuning_{title}", alt=f"Bars: {alt}")
            st.caption(f"{note} Thin lines: from one wording to the other, not a confidence interval. {words.NAT}")
    with st.expander("The numbers", icon=":material/table:"):
        takeaway.table(slopes.drop(columns="criterion"), hide_index=True, alt="Slopes")
        takeaway.table(shifts.drop(columns="reply_id"), hide_index=True, alt="Shifts of the replies")


def ternary(study: CaseStudy, prompt: Prompt, path: Sequence[Position], stored: Mapping[str, Rows]) -> None:
    """The pulls of the stored models and of the positions on the path, as points of a triangle."""

    def pull(label: str, rows: Rows) -> dict:
        return {"label": label, **{p.criterion: p.value for p in pulls(study, prompt.id, rows)}}

    columns = ["label", *CRITERIA]
    ends = pd.DataFrame([pull(label, rows) for label, rows in stored.items()], columns=columns)
    points = pd.DataFrame([pull(p.label, p.rows) for p in path], columns=columns)
    if ends.empty and points.empty:
        st.caption(
            "No log-likelihoods of this case's replies are stored for these models yet. Ask a mix to see where it"
            " stands."
        )
        return
    st.markdown("**The path of the dials**")
    takeaway.chart(
        cached.figure(charts.ternary_path, ends, points),
        key="tuning_ternary",
        alt=(
            "Ternary plot of the pulls on helpful, harmless and honest: the models, and the positions of the"
            " dials in order. The table below holds the numbers."
        ),
    )
    st.caption(
        "Which criterion do the log-likelihoods of this case's replies favour? Each point shows a model's three pulls"
        " as shares of their sum; only the part of the triangle that holds points is drawn. Nearer to a corner isn't"
        " better: all three pulls can be low."
    )
    with st.expander("The path as a table", icon=":material/table:"):
        takeaway.table(
            pd.concat([ends, points], ignore_index=True),
            hide_index=True,
            alt="Pulls of the models and of each position of the dials",
        )
