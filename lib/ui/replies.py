"""A case's reference replies, and how likely each model finds them after a prompt."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib import charts
from lib.cases.replies import STEMS, needed_logliks
from lib.domain import CRITERIA, CaseStudy, Model, Prompt, ReplyLogLikelihood
from lib.measures.likelihood import TEMPERATURE, Favourite, favourite, pulls, reply_pmis
from lib.ui import cached, words


def replies(study: CaseStudy) -> None:
    """The replies with their ratings, each in both wordings."""
    st.subheader(
        "Reference replies",
        anchor=False,
        help="Written for this case, in two wordings each, and rated by its author on each criterion.",
    )
    st.markdown(
        "What might a model say? The case's author wrote these replies and rated each from 0 to 1 on each criterion."
        " The ratings are one person's judgement: argue with them."
    )
    for reply in study.replies:
        rated = " · ".join(f"{c} **{reply.ratings[c]:.2f}**" for c in CRITERIA)
        with st.expander(f"{words.reply_name(reply.id)} — {rated}"):
            for number, wording in enumerate(reply.wordings, start=1):
                st.caption(f"Wording {number}")
                st.text(wording)
            st.caption(f"Why: {reply.why}")


Rows = Mapping[str, Sequence[ReplyLogLikelihood]]  # the log-likelihoods of each model, by its id


def favourites(study: CaseStudy, prompt: Prompt, rows: Rows) -> dict[str, Favourite]:
    """The reply that the prompt makes likelier most, by the id of each model whose log-likelihoods are all stored."""
    needed = needed_logliks(study)
    return {m: favourite(study, prompt.id, mine) for m, mine in rows.items() if len(mine) == needed}


@st.fragment
def likelihoods(
    study: CaseStudy, prompt: Prompt, plain: Prompt, models: Sequence[Model], rows: Rows, plain_rows: Rows
) -> None:
    """Which replies the prompt makes likelier, and which the plain one; a model that lacks some is named and left out.

    In words first, the numbers on request.
    """
    st.markdown("**Which replies does this prompt make likelier?**")
    needed = needed_logliks(study)
    stored = {m.label: rows.get(m.id, ()) for m in models}
    complete = {label: mine for label, mine in stored.items() if len(mine) == needed}
    if left_out := [f"{label} ({len(mine)} of {needed})" for label, mine in stored.items() if label not in complete]:
        st.info(
            f"No complete log-likelihoods of the replies are stored for {', '.join(left_out)}, so nothing is said of"
            " them. Reworded replies must be evaluated again before they count: `python -m lib precompute` does that.",
            icon=":material/hourglass_empty:",
        )
    if not complete:
        return
    shown = {m.id for m in models}
    after, before = (
        [f for model, f in favourites(study, p, each).items() if model in shown]
        for p, each in ((prompt, rows), (plain, plain_rows))
    )
    _in_words(prompt, plain, after, before)
    if prompt.language != "en":
        st.caption(
            f"The prompt is in {words.language(prompt.language)} and the replies are in English, so these numbers also"
            " reflect the change of language."
        )
    with st.expander("The numbers", icon=":material/table:", key="numbers", on_change="rerun") as box:
        if box.open:
            pmi, pull = _frames(study, prompt, complete)
            _charts(pmi, pull, list(complete))
            st.caption(
                f"Based on {len(study.replies)} replies in 2 wordings each, after the prompt and after {len(STEMS)}"
                f" neutral stems. The bars are the range over the {2 * len(STEMS)} combinations of wording and stem,"
                " not a confidence interval. A nat measures likelihood on a log scale: 0.7 more is twice as likely."
                f" Temperature {TEMPERATURE} nats per character."
            )
            _numbers(pmi, pull)


def _in_words(prompt: Prompt, plain: Prompt, after: Sequence[Favourite], before: Sequence[Favourite]) -> None:
    """For how many models each reply is the favourite after the prompt, and after the plain one."""
    here, there = (f"*{words.escaped(p.label)}*" for p in (prompt, plain))
    lines = []
    for reply in dict.fromkeys(f.reply_id for f in (*after, *before)):
        mine = [f for f in after if f.reply_id == reply]
        line = f"- **{words.reply_name(reply)}**: the favourite of {len(mine)} of {len(after)} models after {here}"
        if steady := sum(f.steady for f in mine):
            line += f", of {steady} in every wording"
        if prompt.id != plain.id and before:
            line += f"; of {sum(f.reply_id == reply for f in before)} of {len(before)} after {there}"
        lines.append(f"{line}.")
    st.markdown("\n".join(lines))
    st.caption(
        "The favourite is the reference reply whose likelihood the prompt raises most, against neutral requests. Only"
        " likelihoods are used here: no judge, and no claim about belief or intent."
    )


def _frames(
    study: CaseStudy, prompt: Prompt, rows: Mapping[str, Sequence[ReplyLogLikelihood]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row a reply and model; one row a criterion and model."""
    pmi = [
        {"label": words.reply_name(p.reply_id), "series": model, **p._asdict()}
        for model, mine in rows.items()
        for p in reply_pmis(study, prompt.id, mine)
    ]
    pull = [
        {"label": p.criterion, "series": model, **p._asdict()}
        for model, mine in rows.items()
        for p in pulls(study, prompt.id, mine)
    ]
    return pd.DataFrame(pmi), pd.DataFrame(pull)


def _charts(pmi: pd.DataFrame, pull: pd.DataFrame, models: Sequence[str]) -> None:
    st.plotly_chart(
        cached.figure(
            charts.dots_with_range, pmi, "right: made likelier by the prompt<br>(nats per 100 characters)", models
        ),
        key="pmi",
        config={"displayModeBar": False},
        alt=(
            "Dot chart: for each reference reply, how much likelier the prompt makes it under each model. The table"
            " below holds the same numbers."
        ),
    )
    st.markdown("**Which kind of reply does each model favour?**")
    st.plotly_chart(
        cached.figure(charts.dots_with_range, pull, "expected rating, 0 to 1", models, "even", (0, 1)),
        key="pull",
        config={"displayModeBar": False},
        alt=(
            "Dot chart: the expected rating on each criterion under each model, with a grey tick where it would lie if"
            " all replies were equally likely."
        ),
    )


def _numbers(pmi: pd.DataFrame, pull: pd.DataFrame) -> None:
    names = {"label": "reply", "series": "model", "value": "nats per 100 characters"}
    st.dataframe(pmi.drop(columns="reply_id").rename(columns=names), hide_index=True, alt="Reply likelihoods")
    names = {"label": "criterion", "series": "model", "value": "expected rating", "even": "if all equally likely"}
    st.dataframe(pull.drop(columns="criterion").rename(columns=names), hide_index=True, alt="Expected ratings")
