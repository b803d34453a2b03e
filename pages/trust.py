"""How far to trust the scores: every scorer tested against people's labels."""

import streamlit as st

from lib.ui import cached, cards, pickers, trust, trust_record

cards.page_style()
st.title("How far to trust the scores", anchor=False)
records, card = trust.in_order(cached.records()), cached.heads().card
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
