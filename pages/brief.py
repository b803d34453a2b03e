"""A brief: chosen cases and findings in an order, with a title and a note of one's own, as PDF, Word and HTML."""

from functools import partial

import streamlit as st

from lib.ui import brief as view
from lib.ui import cards, papers, takeaway

cards.page_style()
st.title("Brief", anchor=False)
view.introduction()
items = view.items(papers.brief_items())
wording = view.wording()
if not items:
    view.nothing_chosen()
    st.stop()

on = takeaway.paper("paper")
query = {view.ITEM: items} | {k: v for k, v in wording._asdict().items() if v}
address = papers.address("brief", query)
make = partial(papers.policy_brief, items, wording, address)
view.downloads(make, on, address)
document = make()
view.preview(papers.page_pictures(document, repr(document.edition) + address + repr(query), on), document.title)
