"""What a model would learn from a set: the adapter that was tuned on it, and the set without some rows to take away."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from lib.domain import Criterion
from lib.preferences.records import Preferences
from lib.tuning.findings import Cell, Greedy, Taught
from lib.tuning.sets import TuningSet
from lib.tuning.taught import said
from lib.ui.preferences_rewards import View

_STOCK = "I have no comment"


class Adapter(NamedTuple):
    """One that was tuned on a set alone: its base, its id and what it is called."""

    base: str
    id: str
    label: str


def adapters(mine: Preferences, sets: Sequence[TuningSet]) -> list[Adapter]:
    """Those tuned on this set alone, later seeds left out."""
    return [
        Adapter(each.base, name, card.recipe.label)
        for each in sets
        for name, card in each.cards.items()
        if card.sets == [mine.label] and card.recipe.stage == "dpo" and name not in each.later_seeds
    ]


def tuned(found: Sequence[Adapter], labels: Mapping[str, str]) -> None:
    """The way to each adapter. `labels`: of the bases, by id."""
    if not found:
        st.markdown(
            "None of our adapters was tuned on this set alone. To tune one: write a recipe that names it, and"
            " `python -m lib tune RECIPE DATA`."
        )
    for each in found:
        st.page_link(
            "pages/tuning.py",
            label=f"{each.label}: how it was tuned, and what it did to every criterion",
            icon=":material/experiment:",
            query_params={"set": labels.get(each.base, each.base)},
        )


def measured(cells: Sequence[Cell], name: str, label: str, own: Criterion | None) -> None:
    """One adapter's row of the cross table: how often it sides with the raters of each set."""
    row = [c for c in cells if c.model == name and c.measure == "implicit_reward" and not c.length_matched]
    if row:
        told = "; ".join(
            f"{'its own' if c.set == own else c.set} {100 * c.accuracy:.0f}% ({100 * c.low:.0f} to {100 * c.high:.0f})"
            for c in row
        )
        st.markdown(f"**{label}** puts the raters' choice first in: {told} of held-out pairs.")


def repeated(greedy: Sequence[Greedy], taught: Sequence[Taught], name: str, label: str) -> None:
    """The sentence that an adapter came to repeat, where its training pairs repeat chosen replies."""
    told, counts = said(_STOCK, greedy).get(name), next((t for t in taught if t.model == name), None)
    if told and counts and told.alone and counts.drawn.repeated:
        st.markdown(
            f"{label} gives “{_STOCK}” and nothing else to **{told.alone} of {told.answers}** neutral prompts;"
            f" {counts.drawn.repeated} of its {counts.drawn.pairs:,} training pairs have a chosen reply that stands"
            " under more than five questions."
        )


def export(mine: Preferences, view: View, lines: Callable[[], str] | None) -> None:
    """The rows that stay, for TRL; where the set's texts are on this computer."""
    if lines is None:
        st.caption("The set's texts are not on this computer, so there is nothing to export: only numbers are kept.")
        return
    what = "every decided row" if view.dropped is None else f"the {view.kept:,} rows that are left"
    st.download_button(
        f"For TRL: {what}",
        lines,
        f"{mine.name}{'-' + view.dropped if view.dropped else ''}.jsonl",
        "application/jsonl",
        icon=":material/download:",
        on_click="ignore",
        key="preferences_export",
        help="One JSON object a line: prompt, chosen and rejected as message lists (of single replies, completion and"
        " label).",
    )
