"""The tuning lab's frame: introduction, the choice of a set, what is missing, what has been measured, the limits."""

import re
from collections.abc import Mapping, Sequence

import streamlit as st

from lib.domain import CRITERIA, Model
from lib.tuning.recipe import Recipe
from lib.tuning.sets import TuningSet
from lib.ui import address, words


def introduction(sets: Sequence[TuningSet]) -> None:
    st.markdown(
        "Models from different makers differ in everything at once. Here"
        f" {'a small model was' if len(sets) < 2 else 'small models were each'} tuned several times with one recipe,"
        " and **only the preference data differ**: what each data set's makers or raters called helpful, harmless or"
        " honest. So we can measure what each tuning does to the *other* criteria."
    )


def set_name(mine: TuningSet, models: Mapping[str, Model]) -> str:
    """What the set's base is called."""
    return models[mine.base].label if mine.base in models else mine.recipes[0].label.split(", ", 1)[0]


def choose_set(sets: Sequence[TuningSet], models: Mapping[str, Model]) -> TuningSet | None:
    """The set in the link, otherwise the first; None where there is none."""
    names = {set_name(s, models): s for s in sets}
    if len(names) < 2:
        return next(iter(names.values()), None)
    return names[st.segmented_control("Tuned from", list(names), required=True, **address.one("set", list(names)))]


def short(recipe: Recipe) -> str:
    """What was done to the base, without its name."""
    return recipe.label.split(", ", 1)[-1]


def short_names(mine: TuningSet) -> dict[str, str]:
    """By id: the base, and each adapter or recipe but for later seeds."""
    names = {name: short(card.recipe) for name, card in mine.cards.items() if name not in mine.later_seeds}
    without = {r.id: short(r) for r in mine.recipes if r.id not in mine.cards}
    return {mine.base: "start" if mine.reference == mine.base else "base", **names, **without}


def reference_name(mine: TuningSet) -> str:
    """What rewards and shifts are measured against, in words."""
    return "the start" if mine.reference == mine.base else "the SFT model"


def usable(mine: TuningSet | None) -> bool:
    """Whether there is anything to compare; says what to train otherwise."""
    if mine is None or (not mine.cards and mine.reference == mine.base):
        _missing("No adapter is", "RECIPE")
    elif not mine.reference_is_here:
        _missing("No SFT adapter, from which the others are tuned, is", "sft")
    elif not mine.tuned:
        _missing("Only the SFT adapter is", "honest")
    return mine is not None and mine.reference_is_here and bool(mine.tuned)


def _missing(what: str, recipe: str) -> None:
    st.warning(
        f"{what} here. Train one with `python -m lib tune {recipe} DATA`; README.md says where to get the data.",
        icon=":material/warning:",
    )


def no_adapter_yet(mine: TuningSet) -> None:
    if missing := [short(r) for r in mine.recipes if r.id not in mine.cards]:
        st.caption(f"A recipe but no adapter yet: {', '.join(missing)}.")


def not_measured(mine: TuningSet, measured: Mapping[str, str] | None) -> None:
    """Which adapters have not been evaluated. `measured`: ids of those that were; None: none was."""
    if measured is None:
        st.info(
            "What each tuning did on prompts that none was trained on has not been measured yet: `python -m lib"
            " evaluate DATA`. Until then this page shows the training only.",
            icon=":material/hourglass_empty:",
        )
    elif missing := [short(card.recipe) for name, card in mine.cards.items() if name not in measured]:
        st.warning(
            f"Not measured yet: {', '.join(missing)}. `python -m lib evaluate DATA` measures every adapter that is"
            " here.",
            icon=":material/warning:",
        )


def limits(mine: TuningSet, name: str) -> None:
    st.header("What this does not show", anchor=False)
    st.markdown(f"""
- {_size(mine, name)}: deployed assistants are thousands of times larger, with more data and more stages. Nothing here
  carries over to them by itself.
- DPO, not reinforcement learning with a reward model (PPO). The two can differ.
- Each criterion is what the makers or raters of *its data* called by that name: {_sets(mine)}. The sets also differ in
  subject, length and style. A cell off the diagonal may show that, and not the criterion.
- The paper credits preference tuning with real gains, and studies find tunings that raise honesty and helpfulness
  together (Liu et al. 2024, [arXiv 2402.07282](https://arxiv.org/abs/2402.07282)). A preference model trained on one
  of two goals can fall below chance on the other (Bai et al. 2022,
  [arXiv 2204.05862](https://arxiv.org/abs/2204.05862)): here the same question is put to tuned models.
- {runs(mine)} or another base would give other numbers.
""")


def _size(mine: TuningSet, name: str) -> str:
    found = re.search(r"(\d+)M\b", name)
    rows = sorted({card.recipe.rows for card in mine.tuned.values()})
    pairs = " or ".join(f"{n}" for n in rows)
    return f"A model {f'of {found[1]} million weights' if found else 'this small'} and {pairs} pairs for each tuning"


def _sets(mine: TuningSet) -> str:
    """The sets of each criterion, by the adapters tuned on it alone."""
    out = []
    for criterion in CRITERIA:
        cards = [c for c in mine.tuned.values() if c.recipe.criteria == (criterion,)]
        if names := list(dict.fromkeys(s for c in cards for s in c.sets)):
            out.append(f"{criterion}, {words.listed(names)}")
    return "; ".join(out)


def runs(mine: TuningSet) -> str:
    """How many seeds there are of a recipe, and what else could have been another."""
    counts = sorted({len(seeds) for seeds in mine.tunings})
    if counts == [1]:
        return "One run of each recipe. Another seed, another split"
    number = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
    return f"{number} runs of each recipe, which differ in the pairs drawn and in their order. Another split"
