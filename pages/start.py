"""What this is, three doors, and what the library holds."""

import streamlit as st

from lib.ui import cached, cards, start
from lib.ui import cases as gallery

cards.page_style()
counts = cached.counts()
st.title("Trilemma", anchor=False)
start.introduction()
start.doors()
start.holdings(counts)
if not counts.cases:
    gallery.none_installed()
start.counter_evidence()
