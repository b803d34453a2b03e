"""Training in the tuning lab: loss curves, what each adapter was trained on, how the strength was chosen."""

from collections.abc import Mapping, Sequence
from statistics import mean

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from lib.charts import loss_curves
from lib.tuning.adapters import AdapterCard
from lib.tuning.findings import READABLE, Trial
from lib.tuning.sets import TuningSet
from lib.ui import cached, takeaway
from lib.ui.tuning import short

_SMOOTH = 9  # steps in a running mean
Seeds = tuple[AdapterCard, ...]  # of one recipe, the first seed first


def _curves(*tunings: Seeds) -> go.Figure:
    return loss_curves(curves(tunings))


def curves(tunings: Sequence[Seeds]) -> pd.DataFrame:
    """One row a step of each tuning: the mean over its seeds, and their range where there are several."""
    parts = []
    for seeds in tunings:
        losses = pd.DataFrame({k: pd.Series({s.step: s.loss for s in c.curve}) for k, c in enumerate(seeds)})
        smooth = losses.rolling(_SMOOTH, min_periods=1, center=True).mean()
        several = len(seeds) > 1
        parts.append(
            pd.DataFrame(
                {
                    "adapter": short(seeds[0].recipe),
                    "done": 100 * losses.index / losses.index[-1],
                    "loss": losses.mean(axis=1),
                    "smooth": smooth.mean(axis=1),
                    "low": smooth.min(axis=1) if several else float("nan"),
                    "high": smooth.max(axis=1) if several else float("nan"),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def curves_section(mine: TuningSet) -> None:
    tunings = [tuple(mine.cards[name] for name in seeds) for seeds in mine.tunings]
    takeaway.chart(
        cached.figure(_curves, *tunings),
        key="tuning_curves",
        alt="DPO loss over training, by adapter",
    )
    st.caption(
        "DPO loss. It starts at 0.69 (log 2), where the model cannot tell the replies apart. Thick lines: running mean"
        " of nine steps" + (", over seeds; areas: from seed to seed." if mine.later_seeds else ".")
    )
    others = [(card,) for name, card in mine.cards.items() if name not in mine.tuned]
    rows = [_trained_on(seeds, bool(mine.later_seeds)) for seeds in (*others, *tunings)]
    takeaway.table(pd.DataFrame(rows), hide_index=True, alt="What each adapter was trained on")


def _trained_on(seeds: Seeds, count_seeds: bool) -> dict[str, str | int]:
    """One row of the table; lengths are means over seeds."""
    first, lengths = seeds[0], {k: mean(c.lengths[k] for c in seeds) for k in seeds[0].lengths}
    return {
        "adapter": short(first.recipe),
        **({"seeds": len(seeds)} if count_seeds else {}),
        "rows": first.recipe.rows,
        "tokens: prompt / chosen / rejected": (
            f"{lengths['prompt']:.0f} / {lengths['chosen']:.0f} / {lengths['rejected']:.0f}"
        ),
        "chosen is longer in": f"{100 * lengths['chosen_longer']:.0f} of 100",
        "labels": "; ".join(first.labels),
        "licence of the data": ", ".join(dict.fromkeys(first.licences)),
        "date": max(c.date for c in seeds),
    }


def strength_section(trials: Sequence[Trial], mine: TuningSet) -> None:
    """How the strength was chosen: the settings tried, and what stayed readable."""
    names: Mapping[str, str] = {r.id: short(r) for r in mine.recipes}
    st.markdown(
        "**How strong?** As strong as leaves the answers readable: the strongest setting (learning rate, passes over"
        f" the pairs) at which at least {READABLE:.0%} of each adapter's samples pass the gate for text that is not"
        " language. Tried on training prompts only, and the same for all."
    )
    rows = [
        {
            "adapter": names.get(t.model, t.model),
            "learning rate": f"{t.learning_rate:g}",
            "beta": f"{t.beta:g}",
            "passes over the pairs": t.epochs,
            "readable": f"{t.readable} of {t.answers} ({t.low:.0%}–{t.high:.0%})",
            "words per answer": f"{t.words:.0f}",
        }
        for t in trials
    ]
    takeaway.table(pd.DataFrame(rows), hide_index=True, alt="Readable samples of each adapter at each strength tried")
    st.caption(
        "At temperature 0.7, cut at 64 tokens. In brackets: the 95% interval (Wilson) as if the answers were"
        " independent; five share a prompt, so it is somewhat too narrow. Longer answers can be less readable."
    )
