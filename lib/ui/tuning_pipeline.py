"""How a set was made, stage by stage: what we did, on whose labels, what is known of other makers' tunings."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from lib.domain import AdapterSource, Ingredient, Model
from lib.tuning.adapters import AdapterCard
from lib.tuning.sets import TuningSet
from lib.ui import words
from lib.ui.tuning import set_name, short


class Stage(NamedTuple):
    title: str
    did: str  # what was done here
    whose: str  # whose labels
    elsewhere: str  # what is known of other tunings


def pipeline(mine: TuningSet, models: Mapping[str, Model]) -> None:
    """The stages from left to right; a start that had been tuned before is named above them."""
    tuned = [mine.cards[first] for first, *_ in mine.tunings]
    makers = [m for m in models.values() if m.stage != "base" and not isinstance(m.source, AdapterSource)]
    others = list({m.label.removesuffix(" (hub)"): m for m in makers}.values())  # a copy counts once
    if mine.reference == mine.base:
        _tuned_before(mine, models)
    sft = mine.cards.get(mine.reference)
    start = "the SFT model" if sft else set_name(mine, models)
    stages = [_data_stage(tuned, others)]
    stages += [_sft_stage(sft)] if sft else []
    stages += [_preference_stage(mine, start, others), _USE]
    for number, (column, stage) in enumerate(zip(st.columns(len(stages)), stages, strict=True), start=1):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{number} · {stage.title}**")
            st.markdown(stage.did)
            st.caption(f"Whose labels: {stage.whose}")
            st.caption(f"Elsewhere: {stage.elsewhere}")


def _tuned_before(mine: TuningSet, models: Mapping[str, Model]) -> None:
    """What DPO started from, and what had been done to that model before."""
    base = models.get(mine.base)
    if base is None:
        before = "What its makers had done to it isn't in `data/models.toml`."
    elif base.stage == "base":
        before = "It hadn't been tuned to answer people."
    else:
        before = f"Its makers had already tuned it: {base.tuning[:1].lower()}{base.tuning[1:]}"
    st.markdown(
        f"There is no SFT step here: DPO started from **{set_name(mine, models)}**. {before} Everything below is"
        " measured against that start."
    )


_USE = Stage(
    "Use",
    "The base and its adapters (a few MB each) answer from one copy of the weights, within one batch.",
    "none: what you ask here is not rated, and nothing you type is kept for training.",
    "whether what people type is kept, rated and trained on isn't among the four things recorded here.",
)


def _data_stage(tuned: Sequence[AdapterCard], others: Sequence[Model]) -> Stage:
    whose = {s: label for c in tuned for s, label in zip(c.sets, c.labels, strict=True)}
    return Stage(
        "Preference data",
        f"{tuned[0].recipe.rows} pairs for each tuning, taken from {', '.join(whose)}. No prompt is in both training"
        f" and evaluation.{_left_out(tuned)}",
        "; ".join(f"{s}: {label}" for s, label in whose.items()),
        _told(others, ("preference data", "raters", "guide")),
    )


def _left_out(tuned: Sequence[AdapterCard]) -> str:
    """Which pairs recipes leave out by their replies, a sentence for those that leave out the same."""
    rules = (
        ("most_prompts", "whose chosen reply stands under more than {} prompts"),
        ("most_opened", "whose chosen reply begins with the same three words as those of more than {} prompts"),
        ("like_length", "in which one reply has more than {:g} times the tokens of the other"),
    )
    by_rules: dict[tuple[str, ...], list[str]] = {}
    for card in tuned:
        said = tuple(what.format(most) for name, what in rules if (most := getattr(card.recipe, name)) is not None)
        by_rules.setdefault(said, []).append(short(card.recipe))
    return "".join(
        f" Left out{'' if len(names) == len(tuned) else f' for {words.listed(names)}'}: pairs {', or '.join(said)}."
        for said, names in by_rules.items()
        if said
    )


def _sft_stage(sft: AdapterCard) -> Stage:
    return Stage(
        "SFT",
        f"The base model learned the form of a dialogue from {sft.recipe.rows} chosen replies from"
        f" {', '.join(sft.sets)}, passing over them {_times(sft.recipe.epochs)}.",
        "the same, but only the replies that were chosen.",
        "what others learned the form of a dialogue from isn't among the four things recorded here.",
    )


def _preference_stage(mine: TuningSet, start: str, others: Sequence[Model]) -> Stage:
    firsts = [(mine.cards[seeds[0]].recipe, len(seeds)) for seeds in mine.tunings]
    named = [short(recipe) + (f" ({seeds} seeds)" if seeds > 1 else "") for recipe, seeds in firsts]
    recipe = firsts[0][0]
    return Stage(
        "Preference tuning",
        f"From {start} by DPO: {', '.join(named)}. Each passes {_times(recipe.epochs)} over its pairs, with rank"
        f" {recipe.rank}, learning rate {recipe.learning_rate:g} and beta {recipe.beta:g}: the same for each.",
        "the same; DPO trains on the pairs directly, without a reward model or an AI rater.",
        _told(others, ("reward model",)),
    )


def _times(epochs: int) -> str:
    return {1: "once", 2: "twice"}.get(epochs, f"{epochs} times")


def _told(models: Sequence[Model], aspects: Sequence[Ingredient]) -> str:
    """How many of the other tunings disclose each aspect."""
    parts = []
    for aspect in aspects:
        known = [m.disclosures[aspect].status for m in models if aspect in m.disclosures]
        parts.append(
            f"{aspect} {known.count('disclosed')} fully, {known.count('partly')} partly,"
            f" {known.count('not disclosed')} not disclosed"
        )
    return f"disclosure by {len(models)} other tunings listed here: {'; '.join(parts)}."
