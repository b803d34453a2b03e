"""The parts of the foundations page: a chapter with its picture and quick checks, and the glossary."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from lib.cases.foundations import SECTIONS
from lib.charts import Palette
from lib.domain import Foundation, QuickCheck, Term
from lib.store.library import CaseRow
from lib.store.passages import GLOSSARY
from lib.ui import address, papers, takeaway, theme, words
from lib.ui.case import explained


def none_installed() -> None:
    st.info("There are no foundations yet. They go in `casestudies/foundations/`.", icon=":material/search_off:")


def choose(chapters: Sequence[Foundation]) -> str | None:
    """The id of a chapter, or that of the glossary; None where the link names what there is not."""
    return address.pills("Chapter", names(chapters), "chapter")


def names(chapters: Sequence[Foundation]) -> dict[str, str]:
    """The titles of the chapters and of the glossary, by id."""
    return {c.id: c.title for c in chapters} | {GLOSSARY: "Glossary"}


def not_found(asked: str, near: Mapping[str, str]) -> None:
    """No chapter has this id; `near`: the titles of those that come nearest, by id."""
    address.tab_title("Not found", "Foundations")
    st.warning(f"There is no chapter “{words.escaped(asked)}”. The nearest:", icon=":material/search_off:")
    address.plain_links((f"foundations?{urlencode({'chapter': name})}", title) for name, title in near.items())


def chapter(found: Foundation, glossary: Sequence[Term], rows: Mapping[str, CaseRow]) -> None:
    st.header(f"{found.number}. {found.title}", anchor=False)
    st.markdown(found.summary)
    st.caption(f"{found.minutes} minutes")
    first, *others = SECTIONS
    left, right = st.columns([3, 2])
    with left:
        _section(found, first, glossary)
        _section(found, others[0], glossary)
    with right.container(border=True):
        st.graphviz_chart(drawn(found.picture.dot, theme.palette()), width="stretch")
        st.caption(found.picture.alt)
    for name in others[1:]:
        _section(found, name, glossary)
    st.subheader("Quick check", anchor=False)
    for number, check in enumerate(found.quick_checks):
        quick_check(check, f"check_{found.id}_{number}")
    left, right = st.columns(2)
    with left:
        st.subheader("Two readings", anchor=False)
        for reading in found.readings:
            where = f"[{reading.source}]({reading.url})" if reading.url else reading.source
            st.markdown(f"- {reading.text} *({where})*")
    with right:
        st.subheader("Cases that show it", anchor=False)
        for row in (rows[c] for c in found.cases if c in rows):
            st.page_link(
                "pages/case.py",
                label=row.title,
                icon=":material/arrow_forward:",
                query_params={"case": row.id},
            )


def take(found: Foundation, cited: takeaway.Cited) -> None:
    """The chapter on paper, and how it is cited."""
    st.subheader("Take away", anchor=False)
    on = takeaway.paper("paper")
    takeaway.document("This chapter", lambda: papers.foundation_chapter(found, cited.address), found.id, on)
    takeaway.cite(cited)


def _section(found: Foundation, name: str, glossary: Sequence[Term]) -> None:
    st.subheader(name, anchor=False, help=explained(found.sections[name], glossary))
    st.markdown(found.sections[name])


def drawn(dot: str, palette: Palette) -> str:
    """The diagram in the colours of the page."""
    ink = f'fontname="sans-serif" fontcolor="{palette.ink}" color="{palette.grey}"'
    style = f'graph [bgcolor="transparent" {ink}]; node [shape=box style=rounded {ink}]; edge [fontsize=11 {ink}];'
    return dot.replace("{", "{ " + style, 1)


def quick_check(check: QuickCheck, key: str) -> None:
    """A question with its choices; the chosen one is explained at once."""
    with st.container(border=True):
        texts = [words.escaped(c.text) for c in check.choices]
        chosen = st.radio(f"**{words.escaped(check.question)}**", texts, index=None, key=key)
        if chosen is None:
            return
        choice = check.choices[texts.index(chosen)]
        if choice.right:
            st.success(f"Right. {choice.why}", icon=":material/check:")
        else:
            st.warning(f"Not quite. {choice.why}", icon=":material/undo:")


def glossary_table(terms: Sequence[Term]) -> None:
    """Every term with its meaning, by name."""
    st.header("Glossary", anchor=False)
    frame = pd.DataFrame([{"term": t.term, "meaning": t.meaning} for t in sorted(terms, key=lambda t: t.term.lower())])
    st.table(frame.set_index("term"), border="horizontal")
    takeaway.rows_as_csv(frame, "glossary", "Every term with its meaning")
