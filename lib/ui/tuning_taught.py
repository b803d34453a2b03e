"""What the data taught: an adapter that learned one sentence, and how often its training data repeat it."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.store.library import Opening
from lib.tuning.findings import Taught
from lib.tuning.sets import TuningSet
from lib.tuning.taught import MANY, Said, said
from lib.ui import takeaway, words
from lib.ui.cached import TuningFindings

STOCK = "I have no comment"
_ALIKE = 0.25  # of a model's answers that begin alike: from here on it is told in a sentence


def taught_section(mine: TuningSet, found: TuningFindings, labels: Mapping[str, str]) -> None:
    """Nothing where no honest adapter was trained with the stock replies in."""
    told, counts = said(STOCK, found.greedy), {t.model: t for t in found.taught}
    honest = [s[0] for s in mine.tunings if mine.cards[s[0]].recipe.criteria == ("honest",) and s[0] in told]
    plain = [name for name in honest if mine.cards[name].recipe.most_prompts is None]
    if not plain:
        return
    st.header("What the data taught", anchor=False)
    exhibit, without = plain[0], [name for name in honest if name not in plain]
    st.markdown(f"{_answered(mine, exhibit, told, labels)}\n\n{_why(counts.get(exhibit))}")
    for name in without:
        st.markdown(
            f"**{labels[name]}**, tuned alike on pairs without such replies, gives it alone to {_of(told[name])}"
            f" prompts; the words occur in {told[name].within}."
        )
    takeaway.table(table(told, counts, labels), hide_index=True, alt=f"How many answers are “{STOCK}”, by model")
    st.caption(
        "Greedy answers to the neutral prompt of each case. Of the public sets only these counts are stored, none of"
        " their texts."
    )


def _of(told: Said) -> str:
    return f"{told.alone} of {told.answers}"


def _answered(mine: TuningSet, exhibit: str, told: Mapping[str, Said], labels: Mapping[str, str]) -> str:
    before = told.get(mine.reference)
    return (
        f"The adapter tuned on **{labels[exhibit]}** pairs answers **{_of(told[exhibit])}** neutral prompts with"
        f" “{STOCK}” and nothing else; the words occur in {told[exhibit].within} of its answers."
        + (
            f" {labels[mine.reference]}, which it was tuned from, gives that answer to {before.alone}."
            if before
            else ""
        )
    )


def _why(counts: Taught | None) -> str:
    if counts is None or not counts.drawn.repeated:
        return ""
    sets, drawn = counts.sets, counts.drawn
    return (
        f"Why? In the set it was tuned on, {sets.replies} chosen replies stand under more than {MANY} questions each;"
        f" they make {sets.repeated:,} of {sets.pairs:,} pairs, and the commonest stands under {sets.most} of"
        f" {sets.prompts:,} questions. Of the {drawn.pairs:,} pairs drawn to train this adapter, {drawn.repeated} have"
        " such a chosen reply. A reply that commits to nothing is never untrue, so the labels prefer it."
    )


def table(told: Mapping[str, Said], counts: Mapping[str, Taught], labels: Mapping[str, str]) -> pd.DataFrame:
    """One row a model that has answered; later seeds have no label."""

    def repeated(name: str) -> str:
        return f"{counts[name].drawn.repeated} of {counts[name].drawn.pairs}" if name in counts else "—"

    return pd.DataFrame(
        [
            {
                "model": labels[name],
                f"“{STOCK}” alone": _of(each),
                "these words occur": f"{each.within} of {each.answers}",
                f"trained on pairs whose chosen reply stands under more than {MANY} questions": repeated(name),
            }
            for name, each in told.items()
            if name in labels
        ]
    )


def openings_section(openings: Sequence[Opening], labels: Mapping[str, str]) -> None:
    """Which three words most answers begin with; nothing where no model of the set has answered."""
    told = {o.model_id: o for o in openings if o.model_id in labels}
    if not told:
        return
    st.header("How the answers begin", anchor=False)
    for name, each in told.items():
        if each.answers >= _ALIKE * each.of:
            st.markdown(f"**{labels[name]}** begins {_share(each)} answers with “{words.escaped(each.words)}”.")
    frame = pd.DataFrame(
        [
            {"model": labels[name], "most answers begin with": each.words, "how many": _share(each)}
            for name, each in told.items()
        ]
    )
    takeaway.table(frame, hide_index=True, alt="The three words that most answers begin with, by model")
    st.caption("The first three words of all stored answers, whatever prompt and sample.")


def _share(opening: Opening) -> str:
    return f"{opening.answers:,} of {opening.of:,}"
