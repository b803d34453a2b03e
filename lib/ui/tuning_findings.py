"""What the tunings did on prompts that none was trained on: cross table, choices, what a reader notices."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from textwrap import shorten

import pandas as pd
import streamlit as st

from lib.charts import cross_heatmap, dots_with_range
from lib.domain import CRITERIA, Criterion
from lib.preferences.pairs import USUAL
from lib.text import text_block
from lib.tuning.findings import Behaviour, Cell, ChoiceCell, Evaluation, Greedy
from lib.tuning.replication import Row, pooled, rewards, rows_over_seeds
from lib.tuning.sets import TuningSet
from lib.ui import cached, takeaway, words
from lib.ui.tuning import reference_name

MEASURES = {"implicit_reward": "implicit reward", "loglik": "log-likelihood alone"}
_SETS = "; ".join(f"{criterion}, {words.listed(names)}" for criterion, names in USUAL.items())


def cross_table(rows: Sequence[Row], labels: Mapping[str, str]) -> pd.DataFrame:
    """One row a model, or tuning over its seeds, and criterion."""
    return pd.DataFrame(
        [
            {
                "model": labels[r.model],
                "set": r.set,
                "accuracy": r.share.value,
                "low": r.share.low,
                "high": r.share.high,
                "n": r.n,
                "seeds": r.share.seeds,
            }
            for r in rows
        ]
    )


def cross_section(cells: Sequence[Cell], labels: Mapping[str, str], mine: TuningSet) -> None:
    measure, matched = _measure()
    shown = [c for c in cells if c.measure == measure and c.length_matched == matched]
    if not shown:
        st.info(
            "This has not been measured yet: `python -m lib evaluate DATA` measures every adapter that is here.",
            icon=":material/hourglass_empty:",
        )
        return
    frame, against = cross_table(rows_over_seeds(shown, mine), labels), reference_name(mine)
    takeaway.chart(
        cached.figure(cross_heatmap, frame),
        key="tuning_cross",
        alt=f"Share of pairs in which the chosen reply comes out ahead, by model and set: {MEASURES[measure]}",
    )
    st.caption(
        "In each cell: the share of held-out pairs whose chosen reply comes out ahead of the rejected one, its 95%"
        f" interval (bootstrap over prompts), and the number of pairs. {_seeds(mine)}.50 is chance. The pairs:"
        f" {_SETS}. No prompt of these pairs was in training; {_boilerplate(mine)}."
    )
    if measure == "implicit_reward":
        for line in reading(cells, labels, mine):
            st.markdown(line)
        st.caption(
            f"Implicit reward: how much likelier than under {against} a reply became. In brackets: the 95% interval"
            + (" or, over several seeds, their range" if mine.later_seeds else "")
            + ". The reward sums over a reply's tokens, so length can explain it; hence both results, for all pairs and"
            " for pairs of similar length. Several cells are compared at once, without correction."
        )
    else:
        leaning = "the base and the SFT model lean" if mine.reference != mine.base else "the start leans"
        st.markdown(
            f"Here {leaning} as well, so compare a tuned row with the row of {against} rather than with .50. The other"
            " measure shows what tuning moved."
        )
    with st.expander("As a table", icon=":material/table:"):
        takeaway.table(frame, hide_index=True, alt="The cross table as numbers")


def _seeds(mine: TuningSet) -> str:
    return "Where a tuning has several seeds: their mean, and the range over them. " if mine.later_seeds else ""


def _boilerplate(mine: TuningSet) -> str:
    """On which side of the split the short stock replies are."""
    stock = "short stock replies of TruthfulQA, such as “I have no comment”, are"
    without = [card.recipe.most_prompts is not None for card in mine.tuned.values()]
    if all(without):
        return f"{stock} among these pairs, but no adapter here was trained on them"
    but = ", but for the adapters that were trained without stock replies" if any(without) else ""
    return f"{stock} on both sides{but}"


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
            "Implicit reward: has tuning made the chosen reply gain more than the rejected one, since the model that"
            " DPO started from? Log-likelihood: which of them does the model find likelier, per token?"
        ),
    )
    matched = right.toggle(
        "Only pairs of similar length",
        key="tuning_matched",
        bind="query-params",
        help="The longer reply has at most a quarter more tokens.",
    )
    return measure, matched


def reading(cells: Sequence[Cell], labels: Mapping[str, str], mine: TuningSet) -> list[str]:
    """The implicit rewards in sentences: each single-criterion tuning on its own set first, then on the others.

    Of all pairs, and of those of similar length.
    """
    whole, matched = (
        {(r.model, r.set): r for r in rows_over_seeds(rewards(cells, only), mine)} for only in (False, True)
    )
    out = []
    for name, *_ in mine.tunings:
        own, *more = mine.cards[name].recipe.criteria
        if more:
            continue
        sets = [own, *(c for c in CRITERIA if c != own)]
        told = [_told_of(whole[name, c], matched.get((name, c))) for c in sets if (name, c) in whole]
        if told:
            out.append("\n".join((f"- Tuned on **{labels[name]}** pairs", *(f"    - {line}" for line in told))))
    return out


def _told_of(row: Row, matched: Row | None) -> str:
    side, told = row.share.side, f"{row.set} pairs: {_share(row)}"
    if not side:
        return f"{told}, {_unclear(row)}."
    told = f"{told} **{side}** the labels"
    if matched is None:
        return f"{told}; none of these pairs is of similar length."
    like = _share(matched)
    if matched.share.side == side:
        return f"{told}, and so among pairs of similar length: {like}."
    if matched.share.side:
        return f"{told}; among pairs of similar length the other way: {like}."
    return f"{told}; among pairs of similar length {_unclear(matched)}: {like}, so length may explain it."


def _unclear(row: Row) -> str:
    return "no better than chance" if row.share.seeds == 1 else "not clear of chance in every seed"


def _share(row: Row) -> str:
    share = row.share
    seeds = f", mean of {share.seeds} seeds" if share.seeds > 1 else ""
    return f"{100 * share.value:.0f} in 100 of {row.n}{seeds} ({100 * share.low:.0f}–{100 * share.high:.0f})"


def choices_section(found: Sequence[ChoiceCell], labels: Mapping[str, str], mine: TuningSet) -> None:
    if not found:
        st.info(
            "These models have not been given multiple-choice questions yet: `python -m lib evaluate DATA`.",
            icon=":material/hourglass_empty:",
        )
        return
    right = "true answer likeliest"
    figure = cached.figure(
        dots_with_range,
        choices_frame(found, labels, mine).assign(series=right),
        "share of questions answered right",
        [right],
        "chance",
        None,
        "chance",
    )
    takeaway.chart(
        figure, key="tuning_choices", alt="Share of multiple-choice questions whose true answer is likeliest, by model"
    )
    st.caption(
        f"TruthfulQA, {found[0].n} held-out questions, each with one true answer among several: is the true one"
        f" likeliest? Bars: 95% bootstrap intervals. {_seeds(mine)}The grey tick is chance ({found[0].chance:.2f})."
    )


def choices_frame(found: Sequence[ChoiceCell], labels: Mapping[str, str], mine: TuningSet) -> pd.DataFrame:
    """One row a model, the seeds of a tuning as their mean."""
    first = {name: seeds[0] for seeds in mine.tunings for name in seeds}
    together: dict[str, list[ChoiceCell]] = defaultdict(list)
    for cell in found:
        together[first.get(cell.model, cell.model)].append(cell)
    rows = [(labels[name], seeds[0].chance, pooled(seeds)) for name, seeds in together.items()]
    return pd.DataFrame(
        [{"label": label, "chance": c, "value": s.value, "low": s.low, "high": s.high} for label, c, s in rows]
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
            if b.model in labels
        ]
    )


def stuck(report: Evaluation, greedy: Sequence[Greedy], labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(Model, answer, how often) of each model that gives one answer to a fifth of the prompts or more."""
    said = _said(greedy)
    shown = [b for b in report.models if b.model in labels and said[b.model]]
    most = [(labels[b.model], *said[b.model].most_common(1)[0], b.answers) for b in shown]
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


def behaviour_section(found: Evaluation, greedy: Sequence[Greedy], labels: Mapping[str, str], mine: TuningSet) -> None:
    """`labels`: of the models to show; later seeds have none."""
    for label, text, said in stuck(found, greedy, labels):
        st.markdown(f"**{label}** gives the same answer to {said} prompts:")
        st.html(text_block(text))
    takeaway.table(behaviour_frame(found, greedy, labels), hide_index=True, alt="What changed in each model's answers")
    against = reference_name(mine)
    st.caption(
        "Answers to the neutral prompt of each case: the likeliest one (greedy), cut at 96 tokens, so the words of long"
        f" answers are undercounted. {'Of several seeds the first. ' if mine.later_seeds else ''}*Changed*: differs"
        f" from that of {against}. *Different answers*, *said most often*: tuning on few pairs can end in one sentence"
        " for everything. *Readable*: one answer per prompt at temperature 0.7 passes the gate for text that is not"
        f" language. *KL*: how far the odds of each next word lie from those of {against}, along the model's own"
        f" answers. *Chosen / rejected*: how much likelier than under {against} the held-out replies became, per whole"
        f" reply. Means, without intervals. {words.NAT}"
    )


def examples(
    greedy: Sequence[Greedy], titles: Mapping[str, str], labels: Mapping[str, str], mine: TuningSet, most: int = 10
) -> None:
    """Every model's greedy answer to one of the prompts where the most tuned models left the reference's answer."""
    by_prompt: dict[str, dict[str, str]] = {}
    for g in greedy:
        by_prompt.setdefault(g.prompt_id, {})[g.model] = g.text
    if not by_prompt:
        return
    reference, answered = mine.reference, next(iter(by_prompt.values()))
    tuned = [name for name in mine.tuned if name in labels and name in answered]
    chosen = sorted(by_prompt, key=lambda p: -sum(by_prompt[p][m] != by_prompt[p][reference] for m in tuned))[:most]
    picked = st.selectbox("Prompt", chosen, format_func=lambda p: titles.get(p, p), key="tuning_example")
    for row in (list(dict.fromkeys((mine.base, reference))), *(tuned[k : k + 4] for k in range(0, len(tuned), 4))):
        for column, model in zip(st.columns(len(row)), row, strict=True):
            _answer(column, labels[model], by_prompt[picked][model])
    st.caption(
        f"{len(chosen)} of {len(by_prompt)} prompts: those where the most tunings changed the answer. Greedy, cut at 96"
        " tokens."
    )


def _answer(place, label: str, text: str) -> None:
    with place.container(border=True, height="stretch"):
        st.markdown(f"**{label}**")
        st.html(text_block(text or "(no text: it ends at once)"))
