"""Foundations: chapters that a course can stand on, each with a picture and quick checks, and the glossary."""

import streamlit as st

from lib.store.passages import GLOSSARY
from lib.store.search import nearest
from lib.ui import address, cached, cards, papers, takeaway
from lib.ui import foundations as view

cards.page_style()
st.title("Foundations", anchor=False)
chapters, glossary = cached.foundations(), cached.glossary()
if not chapters:
    view.none_installed()
    st.stop()

chosen, names = view.choose(chapters), view.names(chapters)
if chosen is None:
    asked = st.query_params["chapter"]
    view.not_found(asked, {name: names[name] for name in nearest(asked, names)})
    st.stop()
address.tab_title(names[chosen], "Foundations")
if chosen == GLOSSARY:
    view.glossary_table(glossary)
else:
    found = next(c for c in chapters if c.id == chosen)
    view.chapter(found, glossary, {r.id: r for r in cached.case_rows()})
    where = papers.address("foundations", {"chapter": found.id})
    view.take(found, takeaway.Cited("Chapter", found.id, found.title, where, papers.edition()))
