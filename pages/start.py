"""What this is, the one finding and its picture, three doors, and what the library holds."""

import streamlit as st

from lib.ui import cached, cards, start, words
from lib.ui import cases as gallery
from lib.ui import findings as findings_view

cards.page_style()
counts = cached.counts()
st.title("Trilemma", anchor=False)
start.introduction()
found, models = cached.findings(), cached.models()
if found is not None:
    names = words.short_models(models.values())
    mine = findings_view.sets(found, models)[0]
    findings_view.headline(found, mine, names)
    findings_view.positions(found, mine, findings_view.default_reading(found, mine), names)
    start.way_to_findings()
start.doors()
start.holdings(counts)
if not counts.cases:
    gallery.none_installed()
start.counter_evidence()
