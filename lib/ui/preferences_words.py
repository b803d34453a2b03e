"""Which words stand in chosen rather than rejected replies, over the set and topic by topic, with examples."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from lib.preferences.kept import Example
from lib.preferences.records import Preferences, Topic, Word
from lib.scoring.content import unsettling
from lib.text import text_block
from lib.ui import words

_SHOWN = 12
_WHO = {"user": "The user", "system": "The system", "assistant": "The model"}


def over_all(mine: Preferences) -> None:
    left, right = st.columns(2)
    with left:
        st.markdown("**In chosen replies**")
        _words(mine.chosen_words)
    with right:
        st.markdown("**In rejected replies**")
        _words(mine.rejected_words)
    st.caption(
        "Log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008): the set's own words, worth"
        " 1,000. A word counts once a reply. Shown: |z| above 1.96, under at least 8 prompts; in brackets, how many"
        " chosen and rejected replies have it. Pairs of one prompt aren't independent, so z is somewhat too large."
    )


def _words(found: Sequence[Word]) -> None:
    plain = [w for w in found if not unsettling(w.word)]
    if not plain:
        st.caption("No word clearly enough.")
        return
    st.markdown(" · ".join(f"{words.escaped(w.word)} ({w.chosen:,}/{w.rejected:,})" for w in plain[:_SHOWN]))
    more = [w for w in found if w not in plain[:_SHOWN]]
    if more:
        with st.expander(f"{len(more)} more, some of which may be crude"):
            st.markdown(" · ".join(f"{words.escaped(w.word)} ({w.chosen:,}/{w.rejected:,})" for w in more))


def named(topic: Topic) -> str:
    """What a topic is called: its words, or a note where a crude one would stand on the screen unasked."""
    shown = [w for w in topic.words if not unsettling(w)]
    return ", ".join(shown) or f"topic {topic.id + 1}"


class Wanted(NamedTuple):
    """Which examples a visitor asks for: columns of the kept rows and what they must be."""

    topic: int

    @property
    def columns(self) -> dict[str, float]:
        return {"topic": float(self.topic)}


def by_topic(mine: Preferences) -> Wanted | None:
    """Every topic in a table; the one whose examples are asked for."""
    if not mine.topics:
        st.caption("Too few different prompts for topics (it takes 60).")
        return None
    frame = pd.DataFrame(
        [
            {
                "topic": named(t),
                "prompts": t.prompts,
                "in chosen replies": _line(t.for_chosen),
                "in rejected replies": _line(t.for_rejected),
            }
            for t in mine.topics
        ]
    )
    st.dataframe(frame, hide_index=True, alt="Topics of the prompts, with their words in chosen and rejected replies")
    st.caption(
        "Prompts by meaning: clusters (k-means) of the vectors of a small packaged encoder (WordLlama, 256 numbers),"
        " named by the words that set their prompts apart. Empty: no word clearly enough."
    )
    labels = {f"{named(t)} ({t.prompts:,})": t.id for t in mine.topics}
    chosen = st.selectbox("Examples of a topic", ["none", *labels], key="topic", bind="query-params")
    return Wanted(labels[chosen]) if chosen in labels else None


def _line(found: Sequence[Word]) -> str:
    return ", ".join(w.word for w in found if not unsettling(w.word))


def examples(found: Sequence[Example], name: str) -> None:
    """Pairs as they stand in the file, each folded until it is opened."""
    if not found:
        st.info(
            "The texts of this set are not on this computer; only numbers are. To see examples, measure it here:"
            f" `python -m lib preferences DATA --as {name}`.",
            icon=":material/folder_off:",
        )
        return
    for k, example in enumerate(found, start=1):
        kinds = [
            u
            for u in map(unsettling, (example.chosen, example.rejected or "", *(m.content for m in example.context)))
            if u
        ]
        warned = f" · may be hard to read: {kinds[0]}" if kinds else ""
        with st.expander(f"Example {k}{warned}"):
            for message in example.context[-3:]:
                st.caption(_WHO[message.role])
                st.html(text_block(message.content))
            left, right = st.columns(2)
            left.markdown("**Chosen**" if example.rejected is not None else "**The reply**")
            left.html(text_block(example.chosen))
            if example.rejected is not None:
                right.markdown("**Rejected**")
                right.html(text_block(example.rejected))
