"""Where the preferred reply is the worse one on another quality; whether raters agree, and which way each leans."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.preferences.marks import MARKS
from lib.preferences.records import Conflict, Leaning, Preferences, Raters, TopicShare
from lib.preferences.told import conflict_told, percent
from lib.ui import words
from lib.ui.preferences_rewards import View
from lib.ui.preferences_words import named

_BY = {"rating": "a second rating in the set", "mark": "marks in the replies", "raters": "several raters"}
_LABELS: Mapping[str, str] = {m.key: m.label for m in MARKS}
_LEANINGS = 12


def conflicts(mine: Preferences, view: View) -> None:
    for c in view.conflicts:
        st.markdown(f"- {_sentence(c)}")
    if not view.conflicts:
        st.markdown("Nothing that replies could be worse on differs in enough pairs (it takes 20).")
    for criterion, why in mine.not_measurable.items():
        st.markdown(f"- {criterion}: *not measurable in this set*: {words.escaped(why)}.")
    st.caption(
        "50%: the preferred reply is as often the worse as the better one. Marks are a narrow view of a criterion: a"
        " reply without a warning may need none. Bars and brackets: 95% intervals, by drawing whole prompts."
    )
    if view.dropped is None:
        _topics(mine, [c for c in view.conflicts if c.topics])


def _sentence(c: Conflict) -> str:
    told = words.escaped(conflict_told(c))
    told = told[0].upper() + told[1:]
    if c.by == "raters":
        return f"**raters**: {told}."
    better = "the better one wins" if c.share.high < 0.5 else "no more than chance"
    verdict = "the worse one wins" if c.share.low > 0.5 else better
    strength = f" Where they conflict, the ratings lie {c.gap:.1f} standard deviations apart." if c.gap else ""
    of = f"{100 * c.n / c.comparisons:.0f}% of all pairs" if c.comparisons else ""
    return f"**{c.criterion}**: {told}: **{verdict}**. These are {of}; told by {_BY[c.by]}.{strength}"


def _topics(mine: Preferences, found: Sequence[Conflict]) -> None:
    if not found:
        return
    names = {t.id: named(t) for t in mine.topics}
    frame = pd.DataFrame(
        [
            {"preferred, though it": c.worse, "topic": names[s.topic], "share": percent(s.share), "pairs": s.n}
            for c in found
            for s in sorted(c.topics, key=lambda s: -s.share.value)
        ]
    )
    with st.expander("By topic"):
        st.dataframe(frame, hide_index=True, alt="Conflicts by topic")
        st.caption("Topics with at least 20 pairs that differ.")


# ---- raters -----------------------------------------------------------------------------------


def raters(mine: Preferences) -> None:
    r = mine.raters
    if r is None:
        st.markdown("*Not measurable in this set*: the file keeps one verdict a row and not who gave it.")
        return
    st.markdown("\n".join(f"- {line}" for line in _agreement(r)))
    for what, why in r.why.items():
        st.markdown(f"- {what}: *not measurable*: {words.escaped(why)}.")
    if r.by_topic:
        _agreement_by_topic(mine, r.by_topic)
    if r.groups:
        _groups(r)
    if r.leanings:
        _leanings(r.leanings)


def _agreement(r: Raters) -> list[str]:
    out = [f"**{r.votes:,} votes**, {r.items:,} pairs judged by more than one rater"]
    if r.alpha is not None:
        out.append(f"Krippendorff's alpha **{r.alpha:.2f}** (nominal: first, tie, second; 1 is full agreement)")
    if r.pairwise is not None:
        out.append(f"two raters of one pair agree in **{percent(r.pairwise)}**")
    if r.split_half is not None:
        out.append(f"split-half reliability **{r.split_half:.2f}** (halves of each pair's votes, Spearman-Brown)")
    if r.first_shown is not None:
        low, high = r.first_shown.low, r.first_shown.high
        effect = "a position effect" if low > 0.5 or high < 0.5 else "no position effect shown"
        share = percent(r.first_shown)
        out.append(f"the reply shown first is chosen in **{share}** of {r.first_votes:,} votes: {effect}")
    return out


def _agreement_by_topic(mine: Preferences, found: Sequence[TopicShare]) -> None:
    names = {t.id: named(t) for t in mine.topics}
    frame = pd.DataFrame(
        [
            {"topic": names[s.topic], "agree": percent(s.share), "pairs": s.n}
            for s in sorted(found, key=lambda s: s.share.value)
        ]
    )
    with st.expander("Agreement by topic, the least agreed on first"):
        st.dataframe(frame, hide_index=True, alt="Agreement of raters by topic")


def _groups(r: Raters) -> None:
    st.markdown("**Whom the set sides with.** How often each group's votes are the set's choice:")
    rows = [{"group": g.name, "sides with the set": percent(g.agrees), "votes": g.votes} for g in r.groups]
    frame = pd.DataFrame(rows)
    st.dataframe(frame, hide_index=True, alt="How often each group sides with the set")
    if r.turn is not None:
        st.caption(f"Of {r.turn_of:,} shared pairs, {r.turn} decided the other way would put another group first.")


def _leanings(found: Sequence[Leaning]) -> None:
    clear = [x for x in found if x.difference.low > 0 or x.difference.high < 0]
    st.markdown(
        f"**Each rater's leanings.** Of {len(found)} comparisons of a rater (or group) with the others on a mark,"
        f" **{len(clear)}** keep clear of no difference; by chance alone about {0.05 * len(found):.1f} would."
    )
    frame = pd.DataFrame(
        [
            {
                "who": x.who,
                "chooses the reply with more": _LABELS[x.mark],
                "than the others, in points of 100": _points(x),
                "votes": x.votes,
            }
            for x in found[:_LEANINGS]
        ]
    )
    st.dataframe(frame, hide_index=True, alt="Which way each rater leans against the others")
    st.caption("Raters are numbered in the order in which they come; their names are not kept.")


def _points(x: Leaning) -> str:
    i = x.difference
    return f"{100 * i.value:+.0f} ({100 * i.low:+.0f} to {100 * i.high:+.0f})"
