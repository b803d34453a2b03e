"""What the tunings did on prompts that none was trained on: cross table, choices, what a reader notices."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from textwrap import shorten

import pandas as pd
import streamlit as st

from lib.charts import cross_heatmap, dots_with_range
from lib.domain import CRITERIA, Criterion
from lib.text import text_block
from lib.tuning.adapters import AdapterCard
from lib.tuning.findings import Behaviour, Cell, ChoiceCell, Evaluation, Greedy
from lib.ui import cached

MEASURES = {"implicit_reward": "implicit reward against SFT", "loglik": "log-likelihood alone"}


def cross_table(cells: Sequence[Cell], labels: Mapping[str, str]) -> pd.DataFrame:
    """One row a cell, in the order of models and criteria."""
    rows = [
        {"model": labels[c.model], "set": c.set, "accuracy": c.accuracy, "low": c.low, "high": c.high, "n": c.n}
        for c in cells
    ]
    return pd.DataFrame(rows)


def cross_section(cells: Sequence[Cell], labels: Mapping[str, str], cards: Mapping[str, AdapterCard]) -> None:
    measure, matched = _measure()
    shown = [c for c in cells if c.measure == measure and c.length_matched == matched]
    if not shown:
        st.info(
            "This has not been measured yet: `python -m lib evaluate DATA` measures every adapter that is here.",
            icon=":material/hourglass_empty:",
        )
        return
    frame = cross_table(shown, labels)
    st.plotly_chart(
        cached.figure(cross_heatmap, frame),
        key="tuning_cross",
        alt=f"Share of pairs in which the chosen reply comes out ahead, by model and set: {MEASURES[measure]}",
    )
    st.caption(
        "In each cell: the share of held-out pairs whose chosen reply comes out ahead of the rejected one, its 95%"
        " interval (bootstrap over prompts), and the number of pairs. .50 is chance. No prompt of these pairs was in"
        " training; short stock replies of TruthfulQA, such as “I have no comment”, are on both sides."
    )
    if measure == "implicit_reward":
        for line in reading(cells, labels, cards):
            st.markdown(line)
        st.caption(
            "In brackets: the 95% interval. An implicit reward sums over a reply's tokens, so length can explain it;"
            " hence both results, for all pairs and for pairs of similar length. Several cells are compared at once,"
            " without correction."
        )
    else:
        st.markdown(
            "Here the base and the SFT model lean as well, so compare a tuned row with the SFT row rather than with"
            " .50. The other measure shows what tuning moved."
        )
    with st.expander("As a table", icon=":material/table:"):
        st.dataframe(frame, hide_index=True, alt="The cross table as numbers")


def _measure() -> tuple[str, bool]:
    """Which measure to show, and whether of pairs of similar length only."""
    left, right = st.columns([2, 1])
    measure = left.segmented_control(
        "Measure",
        list(MEASURES),
        default="implicit_reward",
        required=True,
        format_func=lambda m: MEASURES[m],
        key="tuning_measure",
        bind="query-params",
        help=(
            "Implicit reward: has tuning made the chosen reply gain more than the rejected one? Log-likelihood: which"
            " of them does the model find likelier, per token?"
        ),
    )
    matched = right.toggle(
        "Only pairs of similar length",
        key="tuning_matched",
        bind="query-params",
        help="The longer reply has at most a quarter more tokens.",
    )
    return measure, matched


def reading(cells: Sequence[Cell], labels: Mapping[str, str], cards: Mapping[str, AdapterCard]) -> list[str]:
    """The implicit rewards in sentences: each single-criterion tuning on its own set first, then on the others.

    Of all pairs, and of those of similar length.
    """
    at = {(c.model, c.set, c.length_matched): c for c in cells if c.measure == "implicit_reward"}
    out = []
    for name, card in cards.items():
        if card.recipe.stage != "dpo" or len(card.recipe.criteria) > 1:
            continue
        (own,) = card.recipe.criteria
        sets = [own, *(c for c in CRITERIA if c != own)]
        told = [_told_of(at[name, c, False], at.get((name, c, True))) for c in sets if (name, c, False) in at]
        if told:
            out.append("\n".join((f"- Tuned on **{labels[name]}** pairs", *(f"    - {line}" for line in told))))
    return out


def _told_of(cell: Cell, matched: Cell | None) -> str:
    side, told = _side(cell), f"{cell.set} pairs: {_share(cell)}"
    if not side:
        return f"{told}, no better than chance."
    told = f"{told} **{side}** the labels"
    if matched is None:
        return f"{told}; none of these pairs is of similar length."
    like = _share(matched)
    if _side(matched) == side:
        return f"{told}, and so among pairs of similar length: {like}."
    if _side(matched):
        return f"{told}; among pairs of similar length the other way: {like}."
    return f"{told}; among pairs of similar length no better than chance: {like}, so length may explain it."


def _share(cell: Cell) -> str:
    return f"{100 * cell.accuracy:.0f} in 100 of {cell.n} ({100 * cell.low:.0f}–{100 * cell.high:.0f})"


def _side(cell: Cell) -> str:
    """On which side of chance the whole interval lies."""
    return "with" if cell.low > 0.5 else "against" if cell.high < 0.5 else ""


def choices_section(found: Sequence[ChoiceCell], labels: Mapping[str, str]) -> None:
    if not found:
        st.info(
            "These models have not been given multiple-choice questions yet: `python -m lib evaluate DATA`.",
            icon=":material/hourglass_empty:",
        )
        return
    frame = pd.DataFrame(
        [
            {
                "label": labels[c.model],
                "series": "true answer likeliest",
                "value": c.accuracy,
                "low": c.low,
                "high": c.high,
                "chance": c.chance,
            }
            for c in found
        ]
    )
    figure = cached.figure(
        dots_with_range,
        frame,
        "share of questions answered right",
        ["true answer likeliest"],
        "chance",
        None,
        "chance",
    )
    st.plotly_chart(
        figure, key="tuning_choices", alt="Share of multiple-choice questions whose true answer is likeliest, by model"
    )
    st.caption(
        f"TruthfulQA, {found[0].n} held-out questions, each with one true answer among several: is the true one"
        f" likeliest? Bars: 95% bootstrap intervals. The grey tick is chance ({found[0].chance:.2f})."
    )


def behaviour_frame(report: Evaluation, greedy: Sequence[Greedy], labels: Mapping[str, str]) -> pd.DataFrame:
    def shift(b: Behaviour, c: Criterion) -> str:
        return f"{b.shift_chosen[c]:+.1f} / {b.shift_rejected[c]:+.1f}"

    said = _said(greedy)
    of = {c: f" of {report.held_out[c]['rows']:.0f}" if c in report.held_out else "" for c in CRITERIA}
    return pd.DataFrame(
        [
            {
                "model": labels[b.model],
                "answers changed": f"{b.changed} of {b.answers}",
                "different answers": f"{len(said[b.model])} of {b.answers}",
                "said most often": _most_often(said[b.model]),
                "readable": f"{b.coherent} of {b.answers}",
                "words per answer": f"{b.words:.0f}",
                "KL per token, nats": "—" if b.kl is None else f"{b.kl:.2f}",
                **{f"{c}: chosen / rejected, nats, mean{of[c]}": shift(b, c) for c in CRITERIA},
            }
            for b in report.models
        ]
    )


def stuck(report: Evaluation, greedy: Sequence[Greedy], labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(Model, answer, how often) of each model that gives one answer to a fifth of the prompts or more."""
    said = _said(greedy)
    most = [(labels[b.model], *said[b.model].most_common(1)[0], b.answers) for b in report.models if said[b.model]]
    return [(label, text, f"{n} of {of}") for label, text, n, of in most if n >= of / 5 and n > 1]


def _said(greedy: Sequence[Greedy]) -> dict[str, Counter[str]]:
    """Model -> how often it gives which answer, but for blanks and the full stop."""
    out: dict[str, Counter[str]] = defaultdict(Counter)
    for g in greedy:
        out[g.model][g.text.strip().removesuffix(".")] += 1
    return out


def _most_often(said: Counter[str]) -> str:
    if not said or (most := said.most_common(1)[0])[1] == 1:
        return "no answer twice"
    return f"{most[1]} × “{shorten(most[0], 60, placeholder=' …')}”"


def behaviour_section(found: Evaluation, greedy: Sequence[Greedy], labels: Mapping[str, str]) -> None:
    for label, text, said in stuck(found, greedy, labels):
        st.markdown(f"**{label}** gives the same answer to {said} prompts:")
        st.html(text_block(text))
    st.dataframe(behaviour_frame(found, greedy, labels), hide_index=True, alt="What changed in each model's answers")
    st.caption(
        "Answers to the neutral prompt of each case: the likeliest one (greedy), cut at 96 tokens, so the words of long"
        " answers are undercounted. *Changed*: differs from the SFT model's. *Different answers*, *said most often*:"
        " tuning on few pairs can end in one sentence for everything. *Readable*: one answer per prompt at temperature"
        " 0.7 passes the gate for text that is not language. *KL*: how far the odds of each next word lie from the SFT"
        " model's, along the model's own answers. *Chosen / rejected*: how much likelier than under the SFT model the"
        " held-out replies became, per whole reply. Means, without intervals."
    )


def examples(
    greedy: Sequence[Greedy], titles: Mapping[str, str], labels: Mapping[str, str], sft: str, most: int = 10
) -> None:
    """Every model's greedy answer to one of the prompts where the most tuned models left the SFT model's answer."""
    by_prompt: dict[str, dict[str, str]] = {}
    for g in greedy:
        by_prompt.setdefault(g.prompt_id, {})[g.model] = g.text
    if not by_prompt:
        return
    base, *tuned = [m for m in labels if m in next(iter(by_prompt.values())) and m != sft]
    chosen = sorted(by_prompt, key=lambda p: -sum(by_prompt[p][m] != by_prompt[p][sft] for m in tuned))[:most]
    picked = st.selectbox("Prompt", chosen, format_func=lambda p: titles.get(p, p), key="tuning_example")
    for row in ((base, sft), tuned):
        for column, model in zip(st.columns(max(1, len(row))), row, strict=False):
            _answer(column, labels[model], by_prompt[picked][model])
    st.caption(
        f"{len(chosen)} of {len(by_prompt)} prompts: those where the most tunings changed the answer. Greedy, cut at 96"
        " tokens."
    )


def _answer(place, label: str, text: str) -> None:
    with place.container(border=True, height="stretch"):
        st.markdown(f"**{label}**")
        st.html(text_block(text or "(no text: it ends at once)"))
