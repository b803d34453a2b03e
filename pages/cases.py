"""The gallery of cases: search, filter; as cards, as a table, as a map, or in tours."""

import streamlit as st

from lib.store.library import CaseFilter
from lib.store.search import nearest
from lib.tuning.sets import first_seeds
from lib.ui import address, cached, card_facts, cards, foundations, pickers, searched
from lib.ui import cases as gallery
from lib.ui import found as found_view

cards.page_style()
st.title("Cases", anchor=False)
rows = cached.case_rows()
if not rows:
    gallery.none_installed()
    st.stop()

query = pickers.searched()
if query:
    address.tab_title(f"“{query}”", "Cases")
found = searched.cases(query) if query else None
ids = tuple(h.id for h in found.cases) if found else None
wanted = pickers.case_filter(rows, ids)
shown = cached.case_rows(wanted._replace(case_ids=ids))
places = {h.id: h.places for h in found.cases} if found else {}
left, right = st.columns([3, 1], vertical_alignment="center")
left.markdown(f"**{len(shown)} of {len(rows)} cases**{pickers.filters_in_use()}")
view = right.segmented_control(
    "View",
    gallery.VIEWS,
    required=True,
    label_visibility="collapsed",
    **address.one("view", gallery.VIEWS),
)
if found:
    found_view.read_as(found)
told = gallery.Told(card_facts.card_facts(), cached.prompt_labels(), cached.models())
if view == "tours":
    gallery.tours(cached.tours(), {r.id: r for r in rows}, told)
elif ids and not shown:
    found_view.only_outside_filters(len(ids))
elif found and not ids:
    by_id = {r.id: r for r in rows}
    near = nearest(query, {r.id: r.title for r in rows}, least=found_view.ALIKE)
    found_view.nothing(query, searched.words_near(query), [by_id[name] for name in near])
elif not shown:
    gallery.none_fits()
elif view == "table":
    gallery.table(shown, places)
elif view == "map":
    gallery.library_map(shown)
else:
    gallery.cards_by(shown, told, places)

if found and view != "tours":
    found_view.chapters(found.chapters, foundations.names(cached.foundations()))
    within = None if wanted == CaseFilter() else tuple(r.id for r in cached.case_rows(wanted))
    if (hits := searched.answers(query, within)).by_case:
        with st.expander(found_view.answers_label(hits), key="cases_answers", on_change="rerun") as box:
            if box.open:
                later = {*told.models} - {*first_seeds(told.models, cached.tuning_sets())}
                names = found_view.Names({r.id: r for r in rows}, told.labels, told.models, later)
                found_view.answers(hits, searched.answers_shown(query, hits.rows), names)
