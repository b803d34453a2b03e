"""The gallery of cases: search, filter; as cards, as a table, as a map, or in tours."""

import streamlit as st

from lib.ui import cached, cards, pickers
from lib.ui import cases as gallery

cards.page_style()
st.title("Cases", anchor=False)
rows = cached.case_rows()
if not rows:
    gallery.none_installed()
    st.stop()

found = cached.case_rows(pickers.case_filter(rows))
left, right = st.columns([3, 1], vertical_alignment="center")
left.markdown(f"**{len(found)} of {len(rows)} cases**{pickers.filters_in_use()}")
view = right.segmented_control(
    "View",
    ["cards", "table", "map", "tours"],
    default="cards",
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
)
if view == "tours":
    gallery.tours(cached.tours(), {r.id: r for r in rows})
elif not found:
    gallery.none_fits()
elif view == "table":
    gallery.table(found)
elif view == "map":
    gallery.library_map(found)
else:
    gallery.cards_by(found)
