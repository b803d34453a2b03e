"""A case's reference replies, rated by the reader and by us, and how likely each model finds them after a prompt."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from lib import charts
from lib.cases.replies import STEMS, held_logliks
from lib.domain import CRITERIA, CaseStudy, Model, Prompt, ReferenceReply, ReplyLogLikelihood
from lib.measures.likelihood import TEMPERATURE, Favourite, favourite, pulls, reply_pmis
from lib.text import text_block
from lib.ui import cached, takeaway, words


def letters(study: CaseStudy) -> dict[str, str]:
    """By reply id: the letter it has on the page. The order is a case's own, so that the best has no usual place."""
    shuffled = list(study.replies)
    random.Random(study.id).shuffle(shuffled)
    return {reply.id: chr(ord("A") + place) for place, reply in enumerate(shuffled)}


def replies(study: CaseStudy, prompt: Prompt | None = None) -> None:
    """The replies to a prompt, or all, for the reader to rate; our ratings follow when asked for."""
    st.subheader("Reference replies", anchor=False)
    st.markdown(
        "What might an assistant say? We wrote these replies; none is best at everything. Which would you send? **Rate"
        " them first**, then compare: three readers of ours rated each, blind to each other."
    )
    letter = letters(study)
    fitting = study.replies_to(prompt) if prompt else study.replies
    every = sorted(fitting, key=lambda r: letter[r.id])
    for start in range(0, len(every), 2):
        for column, reply in zip(st.columns(2), every[start : start + 2], strict=False):
            with column.container(border=True, height="stretch"):
                st.markdown(f"**{letter[reply.id]}**")
                st.html(text_block(reply.wordings[0]))
    if others := len(study.replies) - len(every):
        st.caption(f"{others} more {'reply answers' if others == 1 else 'replies answer'} other prompts of this case.")
    with st.expander(
        "Rate them, then compare with ours", icon=":material/rate_review:", key="rate", on_change="rerun"
    ) as box:
        if box.open:
            _rated(study, every, letter)


def _rated(study: CaseStudy, every: Sequence[ReferenceReply], letter: Mapping[str, str]) -> None:
    """A sheet for the reader's ratings and, on request, ours beside them."""
    blank = pd.Series([float("nan")] * len(every), dtype=float)
    empty = pd.DataFrame({"reply": [letter[r.id] for r in every]} | dict.fromkeys(CRITERIA, blank))
    scale: dict[str, Any] = {
        c: st.column_config.NumberColumn(c, min_value=0.0, max_value=1.0, step=0.05, format="%.2f", width="small")
        for c in CRITERIA
    }
    key = f"case_rating_{study.id}_{'-'.join(empty['reply'])}"
    st.caption("From 0 (fails the criterion) to 1 (meets it wholly). Your ratings stay in this tab.")
    own = st.data_editor(empty, key=key, hide_index=True, disabled=["reply"], column_config=scale)
    if not st.toggle("Show our ratings", key="ratings", bind="query-params"):
        return
    rows = []
    for place, reply in enumerate(every):
        row: dict[str, object] = {"reply": f"{letter[reply.id]} · {words.reply_name(reply.id)}"}
        for c in CRITERIA:
            ours = reply.readings[c]
            mine = own[c].iloc[place]
            row[f"{c}: yours"] = None if pd.isna(mine) else f"{mine:.2f}"
            row[f"{c}: ours"] = f"{reply.ratings[c]:.2f} ({min(ours):.2f}–{max(ours):.2f})"
        rows.append(row | {"why": reply.why})
    takeaway.table(
        pd.DataFrame(rows).dropna(axis=1, how="all"), hide_index=True, alt="Our ratings, and yours beside them"
    )
    st.caption(
        "Ours: the mean of three readings and their range. They are judgements, by readers of one kind; others would"
        " differ more. Argue with them."
    )
    for reply in every:
        st.markdown(f"**{letter[reply.id]}**, in other words: {words.escaped(reply.wordings[1])}")


Rows = Mapping[str, Sequence[ReplyLogLikelihood]]  # the log-likelihoods of each model, by its id


def favourites(study: CaseStudy, prompt: Prompt, rows: Rows) -> dict[str, Favourite]:
    """The reply that the prompt makes likelier most, by the id of each model whose log-likelihoods are all stored."""
    return {m: favourite(study, prompt.id, r) for m, r in rows.items() if held_logliks(study, prompt, r).complete}


@st.fragment
def likelihoods(
    study: CaseStudy, prompt: Prompt, plain: Prompt, models: Sequence[Model], rows: Rows, plain_rows: Rows
) -> None:
    """Which replies the prompt makes likelier, and which the plain one; a model that lacks some is named and left out.

    In words first, the numbers on request.
    """
    st.markdown("**Which replies does this prompt make likelier?**")
    stored = {m.label: rows.get(m.id, ()) for m in models}
    held = {label: held_logliks(study, prompt, mine) for label, mine in stored.items()}
    complete = {label: mine for label, mine in stored.items() if held[label].complete}
    if left_out := [f"{label} ({h.held} of {h.needed})" for label, h in held.items() if label not in complete]:
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
    _in_words(prompt, plain, after, before, letters(study))
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
                f"Based on {len(study.replies_to(prompt))} replies in 2 wordings each, after the prompt and after"
                f" {len(STEMS)} neutral stems. The bars are the range over the {2 * len(STEMS)} combinations of wording"
                f" and stem, not a confidence interval. {words.NAT} Temperature {TEMPERATURE} nats per character."
            )
            _numbers(pmi, pull)


def _in_words(
    prompt: Prompt,
    plain: Prompt,
    after: Sequence[Favourite],
    before: Sequence[Favourite],
    letter: Mapping[str, str],
) -> None:
    """For how many models each reply is the favourite after the prompt, and after the plain one."""
    here, there = (f"*{words.escaped(p.label)}*" for p in (prompt, plain))
    lines = []
    for reply in dict.fromkeys(f.reply_id for f in (*after, *before)):
        mine = [f for f in after if f.reply_id == reply]
        name = f"{letter[reply]} · {words.reply_name(reply)}"
        line = f"- **{name}**: the favourite of {len(mine)} of {len(after)} models after {here}"
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
    takeaway.chart(
        cached.figure(
            charts.dots_with_range, pmi, "right: made likelier by the prompt<br>(nats per 100 characters)", models
        ),
        key="pmi",
        alt=(
            "Dot chart: for each reference reply, how much likelier the prompt makes it under each model. The table"
            " below holds the same numbers."
        ),
    )
    st.markdown("**Which kind of reply does each model favour?**")
    takeaway.chart(
        cached.figure(charts.dots_with_range, pull, "expected rating, 0 to 1", models, "even", (0, 1)),
        key="pull",
        alt=(
            "Dot chart: the expected rating on each criterion under each model, with a grey tick where it would lie if"
            " all replies were equally likely."
        ),
    )


def _numbers(pmi: pd.DataFrame, pull: pd.DataFrame) -> None:
    names = {"label": "reply", "series": "model", "value": "nats per 100 characters"}
    takeaway.table(pmi.drop(columns="reply_id").rename(columns=names), hide_index=True, alt="Reply likelihoods")
    names = {"label": "criterion", "series": "model", "value": "expected rating", "even": "if all equally likely"}
    takeaway.table(pull.drop(columns="criterion").rename(columns=names), hide_index=True, alt="Expected ratings")
