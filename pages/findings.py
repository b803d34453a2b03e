"""What tuning did over the whole library: the one finding, where criteria moved apart, the paper's claims."""

import streamlit as st

from lib.findings.replicated import replicated
from lib.tuning.sets import tuned_for
from lib.ui import cached, cards, findings_apart, findings_claims, findings_replicated, take_findings, words
from lib.ui import findings as view

cards.page_style()
st.title("Findings", anchor=False)
found, models = cached.findings(), cached.models()
if found is None:
    view.none_made()
    st.stop()

view.stale_note(found)
rows = {r.id: r for r in cached.case_rows()}
names = words.short_models(models.values())
every = view.sets(found, models)
mine = view.choose_set(every)
view.headline(found, mine, names)
take_findings.tools(found, mine)
view.positions(found, mine, view.choose_reading(found, mine), names)

st.header("Where two criteria moved apart", anchor=False)
choice = findings_apart.choose(found, mine, rows, models)
findings_apart.summary(choice)
findings_apart.favoured(found, choice)
shown = findings_apart.view()
if shown == "table":
    findings_apart.table(choice, rows)
else:
    chosen = (
        findings_apart.forest(choice, rows)
        if shown == "forest"
        else findings_apart.triangle(choice, rows, found.library.scale)
    )
    findings_apart.opened(chosen, choice, rows, models)

adapters = {name: card for s in cached.tuning_sets() for name, card in s.cards.items()}
findings_replicated.replication(replicated(found, every, tuned_for(adapters)))

st.header("The paper's claims", anchor=False)
findings_claims.claims(found, rows, models, cached.prompt_labels(), take_findings.claim_tools)
findings_claims.note()

st.header("What could have been found", anchor=False)
view.detectable(found)
st.header("Every number", anchor=False)
view.every_number(found, models)
