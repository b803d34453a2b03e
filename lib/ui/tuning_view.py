"""The parts of the tuning lab: the pipeline with its disclosures, the cross table and its reading, what a reader would notice, the loss curves."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.charts import cross_heatmap, dots_with_range, loss_curves
from lib.domain import CRITERIA, Criterion, Model
from lib.text import text_block
from lib.tuning.adapters import AdapterCard
from lib.tuning.findings import READABLE, Behaviour, Cell, ChoiceCell, Greedy, Report, Trial
from lib.tuning.recipe import Recipe

MEASURES = {"implicit_reward": "implicit reward against SFT", "loglik": "log-likelihood alone"}
_SMOOTH = 9  # steps in a running mean


def short(recipe: Recipe) -> str:
    return recipe.label.rsplit(", ", 1)[-1]


def pipeline(cards: Mapping[str, AdapterCard], models: Mapping[str, Model]) -> None:
    """Four stages from left to right: what we did, on whose labels, what nobody outside knows of other models."""
    sft = next(c for c in cards.values() if c.recipe.stage == "sft")
    tuned = [c for c in cards.values() if c.recipe.stage == "dpo"]
    recipe = tuned[0].recipe
    others = [m for m in models.values() if m.stage != "base" and m.id not in cards]
    stages = (
        (
            "1 · Preference data",
            f"{recipe.rows} pairs for each tuning, taken from {', '.join(dict.fromkeys(s for c in tuned for s in c.sets))}. No prompt is both in training and in the evaluation.",
            "; ".join(f"{s}: {label}" for c in tuned if len(c.sets) == 1 for s, label in zip(c.sets, c.labels, strict=True)),
            _told(others, "preference data"),
        ),
        (
            "2 · SFT",
            f"The base model learned the form of a dialogue from {sft.recipe.rows} chosen replies of all three sets, once over.",
            "The same labels: only what raters had chosen.",
            _told(others, "guide"),
        ),
        (
            "3 · Preference tuning",
            f"From the SFT model by DPO: {', '.join(short(c.recipe) for c in tuned)}. Each {'once' if recipe.epochs == 1 else f'{recipe.epochs} times'} over its pairs, rank {recipe.rank}, learning rate {recipe.learning_rate:g}, beta {recipe.beta:g}: the same for each.",
            "No reward model and no AI rater stands between: DPO trains on the pairs.",
            _told(others, "reward model"),
        ),
        (
            "4 · Use",
            "The base and its adapters (4 MB each) answer from one copy of the weights, within one batch.",
            "Nobody rates what you ask here, and nothing you type is kept for training.",
            _told(others, "raters"),
        ),
    )
    for column, (title, did, whose, unknown) in zip(st.columns(len(stages)), stages, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            st.markdown(did)
            st.caption(f"Whose labels: {whose}")
            st.caption(f"Elsewhere: {unknown}")


def _told(models: Sequence[Model], aspect: str) -> str:
    known = [m.disclosures[aspect].status for m in models if aspect in m.disclosures]
    return (
        f"of the {len(known)} other tuned models listed here, {known.count('disclosed')} disclose the {aspect}, "
        f"{known.count('partly')} in part, {known.count('not disclosed')} not at all."
    )


def cross_table(cells: Sequence[Cell], labels: Mapping[str, str]) -> pd.DataFrame:
    """One row a cell, in the order of models and criteria."""
    rows = [{"model": labels[c.model], "set": c.set, "accuracy": c.accuracy, "low": c.low, "high": c.high, "n": c.n} for c in cells]
    return pd.DataFrame(rows)


def cross_section(cells: Sequence[Cell], labels: Mapping[str, str]) -> None:
    left, right = st.columns([2, 1])
    measure = left.segmented_control(
        "Measure",
        list(MEASURES),
        default="implicit_reward",
        required=True,
        format_func=lambda m: MEASURES[m],
        key="tuning_measure",
        bind="query-params",
        help="Implicit reward: has tuning made the chosen reply gain more than the rejected one? Log-likelihood: which of them does the model find likelier, a token?",
    )
    matched = right.toggle("Only pairs of like length", key="tuning_matched", bind="query-params", help="The longer reply has at most a quarter more tokens.")
    shown = [c for c in cells if c.measure == measure and c.length_matched == matched]
    frame = cross_table(shown, labels)
    st.plotly_chart(
        cross_heatmap(frame), key="tuning_cross", alt=f"Share of pairs in which the chosen reply comes out above, by model and set: {MEASURES[measure]}"
    )
    st.caption(
        "In each cell: the share of held-out pairs whose chosen reply comes out above the rejected one, its 95 % interval (bootstrap over prompts), and the number of pairs. "
        ".50 is a coin. No prompt of these pairs was in training."
    )
    for line in reading(shown, labels):
        st.markdown(f"- {line}")
    with st.expander("As a table", icon=":material/table:"):
        st.dataframe(frame, hide_index=True, alt="The cross table as numbers")


def reading(cells: Sequence[Cell], labels: Mapping[str, str]) -> list[str]:
    """The table in sentences: each single-criterion tuning on its own set, and on the others where chance is outside the interval."""
    out = []
    for criterion in CRITERIA:
        own = next((c for c in cells if labels[c.model] == criterion and c.set == criterion), None)
        if own is None:
            continue
        others = [_beside(c) for c in cells if c.model == own.model and c.set != criterion]
        out.append(
            f"Tuned on **{criterion}** pairs: it sides with the raters on {_percent(own)} of new {criterion} pairs{_chance(own)}; {' and '.join(others)}."
        )
    return out


def _percent(cell: Cell) -> str:
    return f"{100 * cell.accuracy:.0f} in 100"


def _chance(cell: Cell) -> str:
    return "" if cell.low > 0.5 or cell.high < 0.5 else " (not told apart from chance)"


def _beside(cell: Cell) -> str:
    if cell.high < 0.5:
        return f"on {cell.set} pairs **against** them: {_percent(cell)}"
    if cell.low > 0.5:
        return f"on {cell.set} pairs with them too: {_percent(cell)}"
    return f"on {cell.set} pairs no better than a coin: {_percent(cell)}"


def choices_section(found: Sequence[ChoiceCell], labels: Mapping[str, str]) -> None:
    frame = pd.DataFrame(
        [{"label": labels[c.model], "series": "true answer likeliest", "value": c.accuracy, "low": c.low, "high": c.high, "chance": c.chance} for c in found]
    )
    figure = dots_with_range(frame, "share of questions answered right", ["true answer likeliest"], reference="chance", reference_name="chance")
    st.plotly_chart(figure, key="tuning_choices", alt="Share of multiple-choice questions whose true answer is likeliest, by model")
    st.caption(
        f"TruthfulQA, {found[0].n} questions held out, each with one true answer among several: is the true one likeliest? Bars: 95 % bootstrap intervals. The grey tick is chance ({found[0].chance:.2f})."
    )


def behaviour_frame(models: Sequence[Behaviour], labels: Mapping[str, str]) -> pd.DataFrame:
    def shift(b: Behaviour, c: Criterion) -> str:
        return f"{b.shift_chosen[c]:+.1f} / {b.shift_rejected[c]:+.1f}"

    return pd.DataFrame(
        [
            {
                "model": labels[b.model],
                "answers changed": f"{b.changed} of {b.answers}",
                "readable": f"{b.coherent} of {b.answers}",
                "words an answer": f"{b.words:.0f}",
                "KL a token, nats": "—" if b.kl is None else f"{b.kl:.2f}",
                **{f"{c}: chosen / rejected, nats": shift(b, c) for c in CRITERIA},
            }
            for b in models
        ]
    )


def behaviour_section(report: Report, labels: Mapping[str, str]) -> None:
    st.dataframe(behaviour_frame(report.models, labels), hide_index=True, alt="What changed in each model's answers")
    st.caption(
        "To the neutral prompt of each case. *Changed*: the likeliest answer (greedy) differs from the SFT model's. *Readable*: at temperature 0.7 it passes the gate for text that is not language. "
        "*KL*: how far each next word's odds lie from the SFT model's, along the model's own answers. *Chosen / rejected*: how much likelier than under the SFT model the held-out replies became, a whole reply."
    )


def examples(greedy: Sequence[Greedy], titles: Mapping[str, str], labels: Mapping[str, str], sft: str, most: int = 10) -> None:
    """Every model's greedy answer to one of the prompts on which most of the tuned models left the SFT model's answer."""
    by_prompt: dict[str, dict[str, str]] = {}
    for g in greedy:
        by_prompt.setdefault(g.prompt_id, {})[g.model] = g.text
    base, _, *tuned = [m for m in labels if m in next(iter(by_prompt.values()))]
    chosen = sorted(by_prompt, key=lambda p: -sum(by_prompt[p][m] != by_prompt[p][sft] for m in tuned))[:most]
    picked = st.selectbox("Prompt", chosen, format_func=lambda p: titles.get(p, p), key="tuning_example")
    for row in ((base, sft), tuned):
        for column, model in zip(st.columns(len(row)), row, strict=True):
            _answer(column, labels[model], by_prompt[picked][model])


def _answer(place, label: str, text: str) -> None:
    with place.container(border=True, height="stretch"):
        st.markdown(f"**{label}**")
        st.html(text_block(text or "(it ends at once)"))


def curves(cards: Mapping[str, AdapterCard]) -> pd.DataFrame:
    """One row a step of each adapter."""
    parts = []
    for card in cards.values():
        loss = pd.Series([s.loss for s in card.curve])
        done = [100 * s.step / card.curve[-1].step for s in card.curve]
        parts.append(
            pd.DataFrame({"adapter": short(card.recipe), "done": done, "loss": loss, "smooth": loss.rolling(_SMOOTH, min_periods=1, center=True).mean()})
        )
    return pd.concat(parts, ignore_index=True)


def curves_section(cards: Mapping[str, AdapterCard]) -> None:
    st.plotly_chart(
        loss_curves(curves({k: c for k, c in cards.items() if c.recipe.stage == "dpo"})), key="tuning_curves", alt="DPO loss over training, by adapter"
    )
    st.caption("Loss of DPO; 0.69 (log 2) is where it starts: the model cannot tell the replies apart. Thick: running mean of nine steps.")
    rows = [
        {
            "adapter": short(c.recipe),
            "rows": c.recipe.rows,
            "tokens: prompt / chosen / rejected": f"{c.lengths['prompt']:.0f} / {c.lengths['chosen']:.0f} / {c.lengths['rejected']:.0f}",
            "chosen is longer in": f"{100 * c.lengths['chosen_longer']:.0f} of 100",
            "labels": "; ".join(c.labels),
            "licence of the data": ", ".join(dict.fromkeys(c.licences)),
            "date": c.date,
        }
        for c in cards.values()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="What each adapter was trained on")


def strength_section(trials: Sequence[Trial], labels: Mapping[str, str]) -> None:
    """How the strength was chosen: every setting tried, and what stayed readable."""
    st.markdown(
        f"**How strong?** As strong as an answer can still be read: the strongest setting tried (learning rate, times over the pairs) at which at least {READABLE:.0%} of the samples of each adapter pass the gate for text that is not language. "
        "Tried on prompts of the training side only, and the same for all four."
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
