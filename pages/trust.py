"""How far to trust the numbers: checks against hand labels, scores against obvious pairs and people's labels."""

import streamlit as st

from lib.ui import cached, cards, pickers, trust, trust_checks, trust_record

cards.page_style()
st.title("How far to trust the numbers", anchor=False)
records, card = trust.in_order(cached.records()), cached.heads().card
cases = {row.id: study for row in cached.case_rows() if (study := cached.case(row.id))}
trust_checks.checks(list(cached.check_records().values()), cases)
trust_checks.obvious(cached.obvious_records())
st.subheader("The scores against people's labels", anchor=False)
trust.introduction(card.scorer)
if not records:
    trust.no_records()
    st.stop()

aspect = pickers.trust_aspect([a for a in trust.NAMES if any(r.aspect == a for r in records)], trust.NAMES)
if aspect is None:
    trust.overview_section(records)
    if marked := cached.feature_records():
        trust.features_section(marked)
else:
    for number, record in enumerate(r for r in records if r.aspect == aspect):
        trust_record.record_card(record, f"trust_{number}")
trust.glossary()
trust.training(card)
