"""Preference data: which set is looked at, what was found in it in five sentences, and what is in it."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.preferences.cards import ASPECTS, Disclosure
from lib.preferences.contents import STOCK
from lib.preferences.records import Contents, Preferences
from lib.preferences.told import finding, percent
from lib.ui import words

_BEARS = {"found": "", "for": "**For the paper:** ", "against": "**Against the paper:** "}
_NONE = "no other set"


def introduction() -> None:
    st.markdown(
        "Models are tuned on what people preferred. What did those people actually reward? Each set here was opened up:"
        " which marks of a reply made it win, where the winner is the less helpful, harmless or honest one, and whether"
        " raters agree."
    )


def none_made() -> None:
    st.warning(
        "No preference set has been measured yet. Add one below, or on the command line: `python -m lib preferences"
        " DATA --as NAME`.",
        icon=":material/hourglass_empty:",
    )


def choose(sets: Sequence[Preferences]) -> tuple[Preferences, Preferences | None]:
    """The set in the link, otherwise the first, and one beside it, if any."""
    by_label = {_called(s, sets): s for s in sets}
    left, right = st.columns(2)
    mine = left.selectbox("Preference set", list(by_label), key="data", bind="query-params")
    others = [label for label in by_label if label != mine and by_label[label].profile]
    beside = right.selectbox("Beside it", [_NONE, *others], key="beside", bind="query-params") if others else _NONE
    return by_label[mine], by_label.get(beside)


def _called(one: Preferences, sets: Sequence[Preferences]) -> str:
    """Its label, with its name where another has the same."""
    return one.label if sum(s.label == one.label for s in sets) == 1 else f"{one.label} ({one.name})"


def headline(mine: Preferences) -> None:
    for k, sentence in enumerate(finding(mine)):
        st.markdown(("" if k else "## ") + _BEARS[sentence.bears] + words.escaped(sentence.text))
    if mine.note:
        st.info(mine.note, icon=":material/info:")
    asked = f"Its raters were asked for the **{mine.criterion}** reply. " if mine.criterion else ""
    st.caption(
        f"{asked}Read as: {mine.shape}. Measured on {mine.date}. In brackets: 95% intervals, by drawing whole prompts."
        " About twenty marks are looked at without correction, so one may seem clear by chance."
    )


# ---- what is in it ----------------------------------------------------------------------------


def contents(mine: Preferences, cards: Mapping[str, Mapping[str, Disclosure]]) -> None:
    c = mine.contents
    if c is None:
        return
    st.markdown(_sizes(c))
    faults = _faults(c)
    st.markdown("\n".join(f"- {f}" for f in faults) if faults else "No duplicates, empty replies or contradictions.")
    with st.expander("Languages, turns and every count"):
        _table(c)
    st.markdown("**What its makers say of the raters**")
    card = cards.get(mine.shape, {})
    for aspect in ASPECTS:
        if said := card.get(aspect):
            st.markdown(f"- {aspect}: *{said.status}*. {words.escaped(said.note)} ([source]({said.source}))")
        else:
            st.markdown(f"- {aspect}: *not known*. No card for sets of this shape says it.")


def _sizes(c: Contents) -> str:
    what = "replies judged one by one" if c.single else "pairs of replies"
    ties = f", {c.ties:,} ties" if c.ties else ""
    raters = (
        f" {c.raters:,} raters; {c.several_raters:,} judged by more than one."
        if c.raters
        else " How many raters there were is not in the file."
    )
    return (
        f"**{c.comparisons:,} {what}** to **{c.prompts:,} prompts**, from {c.rows:,} rows{ties}.{raters} A"
        f" {'good' if c.single else 'chosen'} reply has {c.words_chosen:.0f} words on average, a"
        f" {'bad' if c.single else 'rejected'} one {c.words_rejected:.0f}"
        + ("." if c.single or not c.decided else f"; the chosen one is longer in {c.longer:,} of {c.decided:,} pairs.")
    )


def _faults(c: Contents) -> list[str]:
    found = [f"**{n:,}** rows left out: {reason}" for reason, n in c.left_out.items()]
    counted = (
        (c.duplicates, "repeat an earlier pair"),
        (c.contradictory, "pairs of replies are preferred both ways round"),
        (c.identical, "pairs have two identical replies"),
        (c.empty, "pairs have an empty reply"),
        (c.leaks, "prompts stand in more than one split of the set"),
    )
    found += [f"**{n:,}** {what}" for n, what in counted if n]
    if c.stock:
        found.append(
            f"**{c.stock}** chosen replies stand under more than {STOCK} prompts each and make **{c.stock_pairs:,}** of"
            f" {c.decided:,} pairs; the commonest stands under {c.stock_most}"
        )
    return found


def _table(c: Contents) -> None:
    sampled = sum(c.languages.values())
    languages = ", ".join(f"{words.language(k)} {100 * n / sampled:.0f}%" for k, n in c.languages.items())
    turns = ", ".join(f"{n:,} after {k} message{'s' if k > 1 else ''}" for k, n in list(c.turns.items())[:8])
    rows = [
        ("Languages", f"{languages} (of {sampled:,} looked at)"),
        ("Length of the conversation", turns),
        ("With a system message", f"{c.systems:,}"),
        ("Conversations that differ", f"{c.contexts:,}"),
        ("Mean characters, chosen and rejected", f"{c.characters_chosen:.0f} and {c.characters_rejected:.0f}"),
        ("Splits", ", ".join(f"{k} {n:,}" for k, n in c.splits.items()) or "one file"),
    ]
    frame = pd.DataFrame(rows, columns=["what", "how many"])
    st.dataframe(frame, hide_index=True, alt="Every count of the set")


def opinions(mine: Preferences) -> None:
    """Surveys of countries: how near each one's answers are to the others'."""
    o = mine.opinions
    if o is None:
        return
    st.markdown(
        f"**{o.questions:,} questions, {o.groups} countries.** 100 means the same answers, 0 all at opposite ends"
        " (1 - normalised Wasserstein distance, the mean over questions and over all other countries)."
    )
    frame = pd.DataFrame(
        [
            {
                "country": d.name,
                "nearness to the others": percent(d.nearness).replace("%", ""),
                "questions": d.questions,
                "nearest": d.nearest,
                "farthest": d.farthest,
            }
            for d in o.distances
        ]
    )
    st.dataframe(frame, hide_index=True, alt="How near each country's answers are to the others'")


def limits() -> None:
    st.header("What this does not show", anchor=False)
    st.markdown("""
- Marks are words and form, found by patterns that were checked against labels in English only (*Trust*). They are not
  what a reply means, and a mark that wins may stand for something that goes with it.
- A regression says what went with being chosen, not why a rater chose. Marks that go together share the credit.
- What a set rewards is not what a model tuned on it becomes: the Tuning lab measures that.
- The paper credits preference tuning with real gains; a set whose raters agree and whose criteria go together counts
  against its claims, and is shown as such.
""")
