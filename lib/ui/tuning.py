"""The parts of the tuning lab: introduction, how the tunings were made, their loss curves and strength, the limits."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from lib.charts import loss_curves
from lib.domain import Ingredient, Model
from lib.tuning.adapters import AdapterCard
from lib.tuning.findings import READABLE, Trial
from lib.tuning.recipe import Recipe
from lib.ui import cached

_SMOOTH = 9  # steps in a running mean


def introduction() -> None:
    st.markdown(
        "Models from different makers differ in everything at once. Here one small base model was tuned several times"
        " with one recipe, and **only the preference data differ**: what each data set's makers or raters called"
        " helpful, harmless or honest. So we can measure what each tuning does to the *other* criteria."
    )


def missing_adapter(sft: bool) -> None:
    """What to train, where there is nothing to compare. `sft`: whether the SFT adapter is here."""
    missing = "Only the SFT adapter is" if sft else "No SFT adapter, from which the others are tuned, is"
    st.warning(
        f"{missing} here. Train one with `python -m lib tune {'honest' if sft else 'sft'} DATA`; README.md says where"
        " to get the data.",
        icon=":material/warning:",
    )


def short(recipe: Recipe) -> str:
    return recipe.label.rsplit(", ", 1)[-1]


class Stage(NamedTuple):
    title: str
    did: str  # what was done here
    whose: str  # whose labels
    elsewhere: str  # what is known of other tunings


def pipeline(cards: Mapping[str, AdapterCard], models: Mapping[str, Model]) -> None:
    """Four stages from left to right: what we did, on whose labels, what is not known of other models."""
    sft = next(c for c in cards.values() if c.recipe.stage == "sft")
    tuned = [c for c in cards.values() if c.recipe.stage == "dpo"]
    others = list(
        {m.label.removesuffix(" (hub)"): m for m in models.values() if m.stage != "base" and m.id not in cards}.values()
    )  # a copy counts once
    stages = (_data_stage(tuned, others), _sft_stage(sft), _preference_stage(tuned, others), _USE)
    for column, stage in zip(st.columns(len(stages)), stages, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{stage.title}**")
            st.markdown(stage.did)
            st.caption(f"Whose labels: {stage.whose}")
            st.caption(f"Elsewhere: {stage.elsewhere}")


_USE = Stage(
    "4 · Use",
    "The base and its adapters (4 MB each) answer from one copy of the weights, within one batch.",
    "none: what you ask here is not rated, and nothing you type is kept for training.",
    "whether what people type is kept, rated and trained on isn't among the four things recorded here.",
)


def _data_stage(tuned: Sequence[AdapterCard], others: Sequence[Model]) -> Stage:
    sets = ", ".join(dict.fromkeys(s for c in tuned for s in c.sets))
    return Stage(
        "1 · Preference data",
        f"{tuned[0].recipe.rows} pairs for each tuning, taken from {sets}. No prompt is in both training and"
        " evaluation.",
        "; ".join(
            f"{s}: {label}" for c in tuned if len(c.sets) == 1 for s, label in zip(c.sets, c.labels, strict=True)
        ),
        _told(others, ("preference data", "raters", "guide")),
    )


def _sft_stage(sft: AdapterCard) -> Stage:
    return Stage(
        "2 · SFT",
        f"The base model learned the form of a dialogue from {sft.recipe.rows} chosen replies from"
        f" {', '.join(sft.sets)}, passing over them {_times(sft.recipe.epochs)}.",
        "the same, but only the replies that were chosen.",
        "what others learned the form of a dialogue from isn't among the four things recorded here.",
    )


def _preference_stage(tuned: Sequence[AdapterCard], others: Sequence[Model]) -> Stage:
    recipe = tuned[0].recipe
    return Stage(
        "3 · Preference tuning",
        f"From the SFT model by DPO: {', '.join(short(c.recipe) for c in tuned)}. Each passes {_times(recipe.epochs)}"
        f" over its pairs, with rank {recipe.rank}, learning rate {recipe.learning_rate:g} and beta {recipe.beta:g}:"
        " the same for each.",
        "the same; DPO trains on the pairs directly, without a reward model or an AI rater.",
        _told(others, ("reward model",)),
    )


def _times(epochs: int) -> str:
    return "once" if epochs == 1 else f"{epochs} times"


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


def _curves(*cards: AdapterCard) -> go.Figure:
    return loss_curves(curves(cards))


def curves(cards: Sequence[AdapterCard]) -> pd.DataFrame:
    """One row a step of each adapter."""
    parts = []
    for card in cards:
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
        cached.figure(_curves, *(c for c in cards.values() if c.recipe.stage == "dpo")),
        key="tuning_curves",
        alt="DPO loss over training, by adapter",
    )
    st.caption(
        "DPO loss. It starts at 0.69 (log 2), where the model cannot tell the replies apart. Thick lines: running mean"
        " of nine steps."
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
        "**How strong?** As strong as leaves the answers readable: the strongest setting (learning rate, passes over"
        f" the pairs) at which at least {READABLE:.0%} of each adapter's samples pass the gate for text that is not"
        " language. Tried on training prompts only, and the same for all four."
    )
    rows = [
        {
            "adapter": labels.get(t.model, t.model),
            "learning rate": f"{t.learning_rate:g}",
            "beta": f"{t.beta:g}",
            "passes over the pairs": t.epochs,
            "readable": f"{t.readable} of {t.answers} ({t.low:.0%}–{t.high:.0%})",
            "words per answer": f"{t.words:.0f}",
        }
        for t in trials
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Readable samples of each adapter at each strength tried")
    st.caption(
        "At temperature 0.7, cut at 64 tokens. In brackets: the 95% interval (Wilson) as if the answers were"
        " independent; five share a prompt, so it is somewhat too narrow. Longer answers can be less readable."
    )


def not_measured(unmeasured: Sequence[str] | None) -> None:
    """Which adapters have not been evaluated; None: none has."""
    if unmeasured is None:
        st.info(
            "What each tuning did on prompts that none was trained on has not been measured yet: `python -m lib"
            " evaluate DATA`. Until then this page shows the training only.",
            icon=":material/hourglass_empty:",
        )
    elif unmeasured:
        st.warning(
            f"Not measured yet: {', '.join(unmeasured)}. `python -m lib evaluate DATA` measures every adapter that is"
            " here.",
            icon=":material/warning:",
        )


def limits() -> None:
    st.subheader("What this does not show", anchor=False)
    st.markdown("""
- A model of 270 million weights and a few hundred pairs for each tuning: deployed assistants are thousands of times
  larger, with more data and more stages. Nothing here carries over to them by itself.
- DPO, not reinforcement learning with a reward model (PPO). The two can differ.
- Each criterion is what *one data set's raters* called by that name: PandaLM's three people, HH-RLHF's crowdworkers,
  TruthfulQA's authors. The sets also differ in subject, length and style. A cell off the diagonal may show that, and
  not the criterion.
- The paper credits preference tuning with real gains, and studies find tunings that raise honesty and helpfulness
  together (Liu et al. 2024, [arXiv 2402.07282](https://arxiv.org/abs/2402.07282)). A preference model trained on one
  of two goals can fall below chance on the other (Bai et al. 2022,
  [arXiv 2204.05862](https://arxiv.org/abs/2204.05862)): here the same question is put to tuned models.
- One run of each recipe. Another seed, another split or another base would give other numbers.
""")
