"""Replies that a visitor wrote beside a prompt: which one would each model rather give, and what did tuning change?"""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.domain import CRITERIA, Criterion, LogLik, Model, Pair
from lib.measures.candidates import changes, favourite, leanings
from lib.runs.live_prompt import BadPrompt
from lib.ui import words

_LONGEST = 2_000  # characters


def candidate_replies() -> dict[Criterion, str]:
    """What the visitor wrote, by the criterion that it stands for. Raises BadPrompt for one alone."""
    with st.expander("Which reply would the models rather give?", icon=":material/balance:"):
        st.caption(
            "Write two or three replies to your prompt: for each model you'll see which one the prompt makes likelier,"
            " and what tuning changed. Replies of about the same length compare best."
        )
        columns = st.columns(len(CRITERIA))
        written: dict[Criterion, str] = {
            criterion: column.text_area(
                f"The {criterion} reply", key=f"live_reply_{criterion}", height=100, max_chars=_LONGEST
            ).strip()
            for criterion, column in zip(CRITERIA, columns, strict=True)
        }
    return {criterion: text for criterion, text in written.items() if text}


def check(candidates: Mapping[Criterion, str], prompts: int) -> None:
    """Raises BadPrompt where replies can't be compared."""
    if len(candidates) == 1:
        raise BadPrompt("There is one candidate reply. Write two or three, so that there is something to compare.")
    if candidates and prompts > 1:
        raise BadPrompt("Candidate replies go with one prompt. Leave them out, or ask one prompt.")


def comparison(
    candidates: Mapping[Criterion, str],
    compared: Mapping[str, Sequence[LogLik]],
    uncompared: Mapping[str, str],
    models: Mapping[str, Model],
    pairs: Sequence[Pair],
) -> None:
    """Which reply each model would rather give, and what tuning changed in each pair. `models`: those asked."""
    st.markdown("**Which reply would they rather give?**")
    complete = {m: values for m, values in compared.items() if m in models and m not in uncompared}
    for model_id, model in models.items():
        if model_id not in complete:
            why = uncompared.get(model_id, "Stopped before it was compared.")
            st.caption(f"{words.escaped(model.label)}: {words.escaped(why)}")
    if not complete:
        return
    names, count = list(candidates), len(candidates)
    columns: dict[str, list[str]] = {}
    for model_id, values in complete.items():
        found = leanings(values, count)
        best = favourite(found)
        columns[models[model_id].label] = [f"{x.value:+.1f} ({x.low:+.1f} to {x.high:+.1f})" for x in found]
        verdict = f"would rather give the **{names[best]}** reply" if best is not None else "shows no clear preference"
        st.markdown(f"{words.escaped(models[model_id].label)} {verdict}.")
    for pair in pairs:
        if {pair.base.id, pair.tuned.id} <= complete.keys():
            moved = changes(complete[pair.base.id], complete[pair.tuned.id], count)
            columns[f"{pair.tuned.label}: change from {pair.base.label}"] = [f"{d:+.1f}" for d in moved]
            most = max(range(count), key=moved.__getitem__)
            st.markdown(
                f"From {words.escaped(pair.base.label)} to {words.escaped(pair.tuned.label)}, tuning raised the"
                f" **{names[most]}** reply most, beside the others."
            )
    st.dataframe(
        pd.DataFrame({"reply": [f"{n}: {candidates[n]}" for n in names]} | columns),
        hide_index=True,
        column_config={"reply": st.column_config.TextColumn(width="large")},
        alt="How much likelier the prompt makes each reply, for each model",
    )
    st.caption(
        "In nats per 100 characters: how much likelier the prompt makes a reply than three neutral requests do, with"
        " the range over the three. No clear preference: the ranges of the first two overlap. The change is the reply's"
        " log-likelihood after the prompt, tuned minus base. One wording each: another wording may come out otherwise."
        f" {words.NAT}"
    )
