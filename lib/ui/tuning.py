"""How the tunings of the lab were made: the pipeline with its disclosures, the loss curves, how strong a tuning may be."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.charts import loss_curves
from lib.domain import Ingredient, Model
from lib.tuning.adapters import AdapterCard
from lib.tuning.findings import READABLE, Trial
from lib.tuning.recipe import Recipe

_SMOOTH = 9  # steps in a running mean


def short(recipe: Recipe) -> str:
    return recipe.label.rsplit(", ", 1)[-1]


def pipeline(cards: Mapping[str, AdapterCard], models: Mapping[str, Model]) -> None:
    """Four stages from left to right: what we did, on whose labels, what nobody outside knows of other models."""
    sft = next(c for c in cards.values() if c.recipe.stage == "sft")
    tuned = [c for c in cards.values() if c.recipe.stage == "dpo"]
    recipe = tuned[0].recipe
    others = list(
        {m.label.removesuffix(" (hub)"): m for m in models.values() if m.stage != "base" and m.id not in cards}.values()
    )  # a copy counts once
    stages = (
        (
            "1 · Preference data",
            (
                f"{recipe.rows} pairs for each tuning, taken from"
                f" {', '.join(dict.fromkeys(s for c in tuned for s in c.sets))}. No prompt is both in training and in"
                " the evaluation."
            ),
            "; ".join(
                f"{s}: {label}" for c in tuned if len(c.sets) == 1 for s, label in zip(c.sets, c.labels, strict=True)
            ),
            _told(others, ("preference data", "raters", "guide")),
        ),
        (
            "2 · SFT",
            (
                f"The base model learned the form of a dialogue from {sft.recipe.rows} chosen replies of"
                f" {', '.join(sft.sets)}, {_times(sft.recipe.epochs)} over."
            ),
            "the same: only the replies that were chosen.",
            "what others learned the form of a dialogue from is not among the four things recorded here.",
        ),
        (
            "3 · Preference tuning",
            (
                f"From the SFT model by DPO: {', '.join(short(c.recipe) for c in tuned)}. Each {_times(recipe.epochs)}"
                f" over its pairs, rank {recipe.rank}, learning rate {recipe.learning_rate:g}, beta {recipe.beta:g}:"
                " the same for each."
            ),
            "the same; DPO trains on the pairs, with no reward model and no AI rater between.",
            _told(others, ("reward model",)),
        ),
        (
            "4 · Use",
            "The base and its adapters (4 MB each) answer from one copy of the weights, within one batch.",
            "none: nobody rates what you ask here, and nothing you type is kept for training.",
            "whether what people type is kept, rated and trained on is not among the four things recorded here.",
        ),
    )
    for column, (title, did, whose, unknown) in zip(st.columns(len(stages)), stages, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            st.markdown(did)
            st.caption(f"Whose labels: {whose}")
            st.caption(f"Elsewhere: {unknown}")


def _times(epochs: int) -> str:
    return "once" if epochs == 1 else f"{epochs} times"


def _told(models: Sequence[Model], aspects: Sequence[Ingredient]) -> str:
    """Of other tunings, how many say what stands behind each aspect."""
    parts = []
    for aspect in aspects:
        known = [m.disclosures[aspect].status for m in models if aspect in m.disclosures]
        parts.append(
            f"the {aspect}: {known.count('disclosed')} whole, {known.count('partly')} in part,"
            f" {known.count('not disclosed')} not at all"
        )
    return f"of {len(models)} other tunings listed here, as many disclose {'; '.join(parts)}."


def curves(cards: Mapping[str, AdapterCard]) -> pd.DataFrame:
    """One row a step of each adapter."""
    parts = []
    for card in cards.values():
        loss = pd.Series([s.loss for s in card.curve])
        done = [100 * s.step / card.curve[-1].step for s in card.curve]
        parts.append(
            pd.DataFrame(
                {
                    "adapter": short(card.recipe),
                    "done": done,
                    "loss": loss,
                    "smooth": loss.rolling(_SMOOTH, min_periods=1, center=True).mean(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def curves_section(cards: Mapping[str, AdapterCard]) -> None:
    st.plotly_chart(
        loss_curves(curves({k: c for k, c in cards.items() if c.recipe.stage == "dpo"})),
        key="tuning_curves",
        alt="DPO loss over training, by adapter",
    )
    st.caption(
        "Loss of DPO; 0.69 (log 2) is where it starts: the model cannot tell the replies apart. Thick: running mean of"
        " nine steps."
    )
    rows = [
        {
            "adapter": short(c.recipe),
            "rows": c.recipe.rows,
            "tokens: prompt / chosen / rejected": (
                f"{c.lengths['prompt']:.0f} / {c.lengths['chosen']:.0f} / {c.lengths['rejected']:.0f}"
            ),
            "chosen is longer in": f"{100 * c.lengths['chosen_longer']:.0f} of 100",
            "labels": "; ".join(c.labels),
            "licence of the data": ", ".join(dict.fromkeys(c.licences)),
            "date": c.date,
        }
        for c in cards.values()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="What each adapter was trained on")


def strength_section(trials: Sequence[Trial], labels: Mapping[str, str]) -> None:
    """How the strength was chosen: the settings tried, and what stayed readable."""
    st.markdown(
        "**How strong?** As strong as an answer can still be read: the strongest setting (learning rate, times over"
        f" the pairs) at which at least {READABLE:.0%} of the samples of each adapter pass the gate for text that is"
        " not language. Tried on prompts of the training side only, and the same for all four."
    )
    rows = [
        {
            "adapter": labels.get(t.model, t.model),
            "learning rate": f"{t.learning_rate:g}",
            "beta": f"{t.beta:g}",
            "times over the pairs": t.epochs,
            "readable": f"{t.readable} of {t.answers} ({t.low:.0%}–{t.high:.0%})",
            "words an answer": f"{t.words:.0f}",
        }
        for t in trials
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Readable samples of each adapter at each strength tried")
    st.caption(
        "At temperature 0.7, cut at 64 tokens. In brackets: 95 % interval (Wilson) as if the answers were independent;"
        " five share a prompt, so it is somewhat too narrow. Longer answers can be less readable."
    )
