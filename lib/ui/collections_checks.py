"""What only the user can say of a collection: which models form pairs, and what every answer is checked for."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lib.collections.records import Collection, Pairing
from lib.domain import CRITERIA, Check, Pattern, Sign
from lib.store.collection import CheckRow
from lib.ui import words

_SIGNS: tuple[Sign, ...] = ("for", "against")


def offered(mine: Collection, guesses: Sequence[Pairing]) -> bool:
    """Guesses from the models' names where no pair was said yet; whether the user takes them."""
    if mine.pairs or not guesses:
        return False
    left, right = st.columns([4, 1], vertical_alignment="center")
    named = words.listed([f"{mine.label(g.base)} → {mine.label(g.tuned)}" for g in guesses])
    left.info(words.escaped(f"Are these pairs, base and tuned? {named}"), icon=":material/help:")
    return right.button("Yes, pair them", key="collection_take_guesses", icon=":material/link:", width="stretch")


def pairs(mine: Collection, guesses: Sequence[Pairing]) -> tuple[Pairing, ...] | None:
    """Which models are base and tuned, as the visitor says; None until that changes."""
    st.markdown("**Which model was tuned from which?**")
    st.caption(
        "Only you can say. Guesses from the names are offered; a shift is measured on the pairs that stand here."
    )
    every = dict.fromkeys([*mine.pairs, *guesses])
    labels = {f"{mine.label(p.base)} → {mine.label(p.tuned)}": p for p in every}
    kept = [k for k, p in labels.items() if p in mine.pairs]
    with st.form("collection_pairs", border=False):
        picked = st.multiselect("Pairs", list(labels), default=kept, key=f"collection_pairs_{mine.name}")
        left, right = st.columns(2)
        names = {m.label: m.id for m in mine.models}
        base = left.selectbox("Another base", list(names), index=None, key="collection_base", placeholder="choose")
        tuned = right.selectbox("tuned into", list(names), index=None, key="collection_tuned", placeholder="choose")
        if not st.form_submit_button("Save pairs", icon=":material/save:"):
            return None
    more = [Pairing(base=names[base], tuned=names[tuned])] if base and tuned else []
    return (*(labels[p] for p in picked), *more)


def new_check() -> tuple[str, Check] | None:
    """A check of the visitor's for every answer, and its label; None until it is added."""
    with st.form("collection_check", border=True, clear_on_submit=False):
        st.markdown("**Check every answer for …**")
        phrases = st.text_area(
            "It says one of",
            key="collection_phrases",
            height=100,
            max_chars=1_000,
            placeholder="one phrase a line",
            help="`refund*` is any ending, ` ... ` up to six words in between, and 56 is also found as fifty-six. What"
            " stands after *not* is not said.",
        )
        left, right = st.columns(2)
        aspect = left.selectbox("This speaks", _SIGNS, key="collection_sign")
        criterion = right.selectbox("being", CRITERIA, key="collection_aspect")
        if not st.form_submit_button("Add the check", icon=":material/add_task:"):
            return None
    # Words alone: a regular expression of a visitor's could hold the whole app for as long as they like.
    lines = tuple(line for each in phrases.splitlines() if (line := each.strip().strip("/").strip()))
    label = f"says {' or '.join(lines)}"[:60] if lines else "says nothing"
    return label, Check("new", label, criterion, aspect, pattern=Pattern(any=lines))


def checks(mine: Collection, rows: Sequence[CheckRow]) -> str | None:
    """The checks of the collection with what they said of each model; the key of one to remove."""
    gone = None
    if mine.checks:
        st.markdown("**Your checks**")
    for check in mine.checks:
        left, right = st.columns([5, 1], vertical_alignment="center")
        speaks = f"speaks {check.sign} being {check.aspect}"
        left.markdown(f"{words.escaped(check.label)} :gray-badge[{speaks}]")
        if right.button("Remove", key=f"collection_gone_{check.key}", icon=":material/delete:"):
            gone = check.key
        counted = [r for r in rows if r.check_key == check.key]
        table = [
            {
                "model": mine.label(r.model_id),
                "yes": r.yes,
                "of": r.yes + r.no,
                "share of yes": r.yes / (r.yes + r.no) if r.yes + r.no else None,
                "can't tell": r.unknown,
            }
            for r in counted
        ]
        if table:
            share = {"share of yes": st.column_config.NumberColumn(format="percent")}
            left.dataframe(
                pd.DataFrame(table),
                hide_index=True,
                column_config=share,
                alt=f"What the check says of each model: {check.label}",
            )
        else:
            left.caption("Not decided yet.")
    return gone
