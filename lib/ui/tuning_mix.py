"""The dials of the tuning lab: three weights, a case's prompt, and what the mix of tunings answers and leans towards."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib import charts
from lib.cases.replies import STEMS, needed_logliks
from lib.domain import CRITERIA, CaseStudy, Mix, Model, Prompt, ReplyLogLikelihood, Settings
from lib.measures.likelihood import pulls, reply_shifts, shift_slopes
from lib.models.weights import install_command, weights_dir
from lib.scoring.coherence import coherence
from lib.store.library import Store
from lib.text import text_block
from lib.tuning.adapters import AdapterCard
from lib.tuning.mix import Position, exchanges, weighed
from lib.ui import case as case_view
from lib.ui import pickers, words
from lib.worker.client import Client, Job

_SETTINGS = Settings(max_tokens=96)
_REFRESH = 0.3  # seconds between two looks at a growing answer
_LONGEST_PATH = 12


def dials(
    store: Store,
    client: Client,
    models: Mapping[str, Model],
    cards: Mapping[str, AdapterCard],
    labels: Mapping[str, str],
) -> None:
    """`labels`: what each model of the family is called on this page, base first."""
    sft = next(card.recipe for card in cards.values() if card.recipe.stage == "sft")
    single = {
        card.recipe.criteria[0]: name
        for name, card in cards.items()
        if card.recipe.stage == "dpo" and len(card.recipe.criteria) == 1
    }
    if not store.case_rows():
        st.info("The dials need a case, and no case is installed.", icon=":material/search_off:")
        return
    if sft.base not in models:
        st.info(
            f"The dials need the base of these adapters, {sft.base}, and `data/models.toml` does not list it.",
            icon=":material/hourglass_empty:",
        )
        return
    if missing := [c for c in CRITERIA if c not in single]:
        st.info(
            f"The dials need an adapter for each criterion; none is here for {', '.join(missing)}.",
            icon=":material/hourglass_empty:",
        )
        return
    st.markdown(
        "Each dial adds so much of one tuning to the SFT model: 0 is none of it, 1 the whole adapter. The weights are"
        " added, not the answers (*rewarded soups*, Rame et al. 2023, [arXiv"
        " 2306.04488](https://arxiv.org/abs/2306.04488)). Where the dials sum to more than 1 this is no mean of tunings"
        " any more but goes beyond them, further than was ever trained or checked for being readable. Move a dial and"
        " the mix answers anew."
    )
    study, prompt = _prompt(store)
    weights = _weights()
    base = models[sft.base]
    here = weights_dir(base) is not None
    if not here:
        st.info(
            f"**{base.label}** is not on this computer, so no mix can be made. In a terminal, in this project's folder,"
            " this gets it:"
        )
        st.code(install_command(base), language="bash")
    _leave_what_is_not_looked_at(client, prompt, weights)
    _take_what_is_done(study, prompt, weights)
    known = next((p for p in _path(prompt) if p.weights == weights), None)
    with st.container(horizontal=True):
        answered = "The mix has answered at this position: below." if known else None
        asked = st.button(
            "Ask this mix",
            key="tuning_ask",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not here or known is not None,
            help=answered,
        )
        if st.button(
            "Clear this prompt's path", key="tuning_clear", icon=":material/ink_eraser:", disabled=not _path(prompt)
        ):
            st.session_state["tuning_path"] = [p for p in st.session_state["tuning_path"] if p.prompt_id != prompt.id]
            st.rerun()
    if here and (asked or st.session_state.pop("tuning_moved", False)) and known is None:
        _ask(
            client, study, prompt, weights, Mix(sft.id, {single[c]: w for c, w in zip(CRITERIA, weights, strict=True)})
        )
    _running(client)
    stored = _stored(store, study, prompt, labels)
    _results(study, prompt, known, stored.get(labels[sft.base]))
    _ternary(study, prompt, _path(prompt), stored)


def _prompt(store: Store) -> tuple[CaseStudy, Prompt]:
    titles = {row.title: row.id for row in store.case_rows()}
    study = store.case(titles[st.selectbox("Case", list(titles), key="tuning_case", bind="query-params")])
    assert study is not None
    prompt = pickers.prompt(study, key="tuning_prompt")
    if study.sensitivity == "signposted":
        case_view.unedited_warning()
    case_view.prompt_text(prompt, study.needs_native_review)
    return study, prompt


def _moved() -> None:
    st.session_state["tuning_moved"] = True


def _weights() -> tuple[float, ...]:
    columns = st.columns(len(CRITERIA))
    return tuple(
        round(
            column.slider(
                criterion, 0.0, 1.0, 0.0, 0.1, key=f"tuning_w_{criterion}", bind="query-params", on_change=_moved
            ),
            1,
        )
        for column, criterion in zip(columns, CRITERIA, strict=True)
    )


def _path(prompt: Prompt) -> list[Position]:
    return [p for p in st.session_state.get("tuning_path", []) if p.prompt_id == prompt.id]


def _leave_what_is_not_looked_at(client: Client, prompt: Prompt, weights: tuple[float, ...]) -> None:
    """Another prompt or position is shown: the answer under way would be seen by nobody and holds up the queue."""
    if "tuning_job" in st.session_state and st.session_state["tuning_asked"] != (prompt.id, weights):
        client.cancel(st.session_state.pop("tuning_job"))


def _take_what_is_done(study: CaseStudy, prompt: Prompt, weights: tuple[float, ...]) -> None:
    """The position that a finished job was asked at comes into the path."""
    job = st.session_state.get("tuning_job")
    if job is not None and job.state == "done" and job.logliks:
        (answer,) = next(iter(job.parts.values())).answers
        position = Position(prompt.id, weights, answer.text, answer.finish, weighed(study, prompt, job.logliks))
        st.session_state["tuning_path"] = [*st.session_state.get("tuning_path", []), position][-_LONGEST_PATH:]
        del st.session_state["tuning_job"]


def _ask(client: Client, study: CaseStudy, prompt: Prompt, weights: tuple[float, ...], mix: Mix) -> None:
    if "tuning_job" in st.session_state:
        client.cancel(st.session_state["tuning_job"])
    st.session_state["tuning_job"] = client.submit(
        [mix.start], prompt.messages, prompt.id, 1, _SETTINGS, mix=mix, exchanges=exchanges(study, prompt)
    )
    st.session_state["tuning_asked"] = (prompt.id, weights)


def _running(client: Client) -> None:
    """The mix at work, with a stop button, or why it did not answer."""
    job = st.session_state.get("tuning_job")
    if job is None:
        return
    (part,) = job.parts.values()
    if not job.over:
        _growing(client, job)
    elif job.state == "failed" or part.error:
        st.error(part.error or job.message, icon=":material/error:")
    else:
        st.warning("Stopped, so nothing is drawn. *Ask this mix* starts it again.", icon=":material/stop_circle:")


def _growing(client: Client, job: Job) -> None:
    @st.fragment(run_every=_REFRESH)
    def watch() -> None:
        client.look(job)
        if job.over:
            st.rerun()
        left, right = st.columns([4, 1], vertical_alignment="center")
        (part,) = job.parts.values()
        finished = bool(part.answers[0].finish)
        says = {
            "queued": f"Waiting: {client.position(job)} before yours. It starts by itself.",
            "loading": "Loading the base and its adapters. The first time takes some seconds longer.",
        }.get(job.state, "Weighing the case's replies: some seconds." if finished else "The mix is writing.")
        left.info(says, icon=":material/hourglass_top:")
        if right.button("Stop", key="tuning_stop", icon=":material/stop_circle:", type="primary", width="stretch"):
            client.cancel(job)
            st.rerun()
        with st.container(border=True):
            st.html(text_block(part.answers[0].text or "…"))

    watch()


def _stored(
    store: Store, study: CaseStudy, prompt: Prompt, labels: Mapping[str, str]
) -> dict[str, list[ReplyLogLikelihood]]:
    """Label -> the stored likelihoods of the models of this family that have them all."""
    rows = store.reply_logliks(study.id, [prompt.id, *(s.id for s in STEMS)])
    return {
        label: mine
        for name, label in labels.items()
        if len(mine := [r for r in rows if r.model_id == name]) == needed_logliks(study)
    }


def _results(
    study: CaseStudy, prompt: Prompt, position: Position | None, base: Sequence[ReplyLogLikelihood] | None
) -> None:
    if position is None:
        return
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        st.markdown(f"**The mix answers** ({position.label})")
        st.html(text_block(position.answer or "(it ends at once)"))
        if not (gate := coherence(position.answer)).coherent:
            st.caption(f":material/warning: Not readable as language: {gate.reason}.")
        if position.finish == "length":
            st.caption(":material/content_cut: Cut at the limit.")
        st.caption(
            f"One sample, unscored, at temperature {_SETTINGS.temperature:g}, at most {_SETTINGS.max_tokens} tokens,"
            " always the same seed. Another seed says something else."
        )
    with right.container(border=True, height="stretch"):
        st.markdown("**Towards which ratings do its likelihoods lean?**")
        series = {"base": base, "this mix": position.rows} if base else {"this mix": position.rows}
        frame = pd.DataFrame(
            [
                {"label": p.criterion, "series": name, **p._asdict()}
                for name, rows in series.items()
                for p in pulls(study, prompt.id, rows)
            ]
        )
        figure = charts.dots_with_range(
            frame, "expected rating, 0 to 1", list(series), reference="even", x_range=(0, 1)
        )
        st.plotly_chart(
            figure,
            key="tuning_pull",
            config={"displayModeBar": False},
            alt="Expected rating on each criterion under the base and under the mix",
        )
        st.caption(
            f"Of {len(study.replies)} replies in 2 wordings, read after the prompt and after {len(STEMS)} neutral"
            f" stems; the bars are the range over their {2 * len(STEMS)} combinations, not a confidence interval. The"
            " grey tick: all replies equally likely."
        )
    if base is None:
        st.info(
            "The base's likelihoods of these replies are not stored, so no shift can be told. `python -m lib"
            " precompute` makes them.",
            icon=":material/hourglass_empty:",
        )
        return
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
            "Shift from the base towards each criterion",
            charts.shift_bars(slopes, "nats per 100 characters, for a full step of rating"),
            "by how much the mix moved replies rated high on a criterion against those rated low",
            (
                f"The slope of the replies' shifts on their ratings, {len(study.replies)} replies. Right: what is rated"
                " high gained more than what is rated low."
            ),
        ),
        (
            "Which reply did tuning move?",
            charts.shift_bars(shifts, "right: likelier than under the base<br>(nats per 100 characters)"),
            "how much likelier or less likely each reference reply became",
            "The mean of two wordings.",
        ),
    )
    for column, (title, figure, alt, note) in zip(st.columns(2), boxes, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            st.plotly_chart(figure, key=f"tuning_{title}", config={"displayModeBar": False}, alt=f"Bars: {alt}")
            st.caption(f"{note} Thin lines: from one wording to the other, not a confidence interval.")
    with st.expander("The numbers", icon=":material/table:"):
        st.dataframe(slopes.drop(columns="criterion"), hide_index=True, alt="Slopes")
        st.dataframe(shifts.drop(columns="reply_id"), hide_index=True, alt="Shifts of the replies")


def _ternary(
    study: CaseStudy, prompt: Prompt, path: Sequence[Position], stored: Mapping[str, Sequence[ReplyLogLikelihood]]
) -> None:
    def pull(label: str, rows: Sequence[ReplyLogLikelihood]) -> dict:
        return {"label": label, **{p.criterion: p.value for p in pulls(study, prompt.id, rows)}}

    columns = ["label", *CRITERIA]
    ends = pd.DataFrame([pull(label, rows) for label, rows in stored.items()], columns=columns)
    points = pd.DataFrame([pull(p.label, p.rows) for p in path], columns=columns)
    if ends.empty and points.empty:
        st.caption(
            "No likelihoods of this case's replies are stored for these models yet: ask a mix to see where it stands."
        )
        return
    st.markdown("**The path of the dials**")
    st.plotly_chart(
        charts.ternary_path(ends, points),
        key="tuning_ternary",
        config={"displayModeBar": False},
        alt=(
            "Ternary plot of the pulls on helpful, harmless and honest: the base, each tuning, and the positions of the"
            " dials in order. The table below holds the numbers."
        ),
    )
    st.caption(
        "Towards which corner do the likelihoods of this case's replies lean? A point is a model's three pulls as"
        " shares of their sum; only the part of the triangle that holds points is drawn. Nearer to a corner is not"
        " better: all three pulls can be low."
    )
    with st.expander("The path as a table", icon=":material/table:"):
        st.dataframe(
            pd.concat([ends, points], ignore_index=True),
            hide_index=True,
            alt="Pulls of the models and of each position of the dials",
        )
