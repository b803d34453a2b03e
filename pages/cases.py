"""The gallery of cases: search, filter; as cards, as a table, as a map, or in tours."""

import streamlit as st

from lib.ui import cached, cards, pickers
from lib.ui import cases as gallery

cards.page_style()
store = cached.store()
st.title("Cases", anchor=False)
rows = store.case_rows()
if not rows:
    st.warning("No cases are installed. The folder `casestudies/` is empty.", icon=":material/search_off:")
    st.stop()

wanted = pickers.case_filter(rows)
found = store.case_rows(wanted)
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
    st.stop()
if not found:
    st.info("No case fits these filters. Remove one, or search for another word.", icon=":material/filter_alt_off:")
    st.button("Show all cases", icon=":material/filter_alt_off:", on_click=pickers.clear_filters)
    st.stop()

if view == "table":
    gallery.table(found)
elif view == "map":
    gallery.library_map(found)
else:
    gallery.cards_by(found)
