"""How far to trust the numbers: what is checked and how often it is right, then the details of each."""

import streamlit as st

from lib.ui import cached, cards, trust, trust_checks, trust_record, trust_summary, validity

cards.page_style()
st.title("How far to trust the numbers", anchor=False)
records, marked = trust.in_order(validity.records()), validity.feature_records()
tried = validity.obvious_records()
trust_summary.summary(trust_summary.Evidence(validity.kind_records(), validity.judge_record(), tried, marked, records))

with trust.details("The checks, one by one", "checklist", "checks") as box:
    if box.open:
        cases = {row.id: study for row in cached.case_rows() if (study := cached.case(row.id))}
        trust_checks.checks(list(validity.check_records().values()), cases)
with trust.details("Which scores stand on cards, and where they go wrong", "balance", "obvious") as box:
    if box.open:
        trust_checks.obvious(tried, validity.earning_records(), validity.obvious_pairs(), validity.obvious_values())
linked = "trust_scorer" in st.query_params
with trust.details("The scores against people's labels", "groups", "labels", expanded=linked) as box:
    if box.open:
        trust.introduction(validity.heads().card.scorer)
        if not records:
            trust.no_records()
        else:
            aspect = trust.picked([a for a in trust.NAMES if any(r.aspect == a for r in records)])
            if aspect is None:
                trust.overview_section(records)
            for number, record in enumerate(r for r in records if r.aspect == aspect):
                trust_record.record_card(record, f"trust_{number}")
if marked:
    with trust.details("The marked features", "ink_highlighter", "features") as box:
        if box.open:
            trust.features_section(marked)
with trust.details("What the words mean", "help", "glossary") as box:
    if box.open:
        trust.glossary()
with trust.details("What each head was trained on", "model_training", "training") as box:
    if box.open:
        trust.training(validity.heads().card)
