"""Your weights: which model and which cases come out how, by the weights that the reader gives the criteria."""

import streamlit as st

from lib.ui import cached, cards, words
from lib.ui import findings as findings_view
from lib.ui import weights as view

cards.page_style()
st.title("Your weights", anchor=False)
found, models = cached.findings(), cached.models()
if found is None:
    findings_view.none_made()
    st.stop()

view.introduction()
findings_view.stale_note(found)
names = words.short_models(models.values())
mine = findings_view.choose_set(findings_view.sets(found, models))
reading = findings_view.choose_reading(found, mine)
weights = view.sliders()
every = view.standings(found, mine, reading)
left, right = st.columns(2)
with left:
    st.header("The models, by your weights", anchor=False)
    view.ranking(every, weights, names)
with right:
    view.triangle(every, weights, names)
st.header("The cases, by your weights", anchor=False)
comparison = findings_view.choose_tuning(mine, models)
rows = {r.id: r for r in cached.case_rows()}
view.turned([s for s in found.shifts.shifts if s.comparison == comparison.key], comparison, weights, rows, models)
