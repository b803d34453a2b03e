"""What this is, three doors, and what the library holds."""

import streamlit as st

from lib.ui import cached, cards, words

cards.page_style()
store = cached.store()
st.title("Trilemma", anchor=False)
st.markdown(
    "Language models are tuned on people's preferences to be **helpful, harmless and honest** at once. Often these pull"
    " apart: the kind answer hides the truth, the safe answer leaves someone without help. Here you can read such"
    " conflicts, see what real models answered, and put your own question to them on this computer."
)

rows = store.case_rows()
doors = (
    (
        "Teach",
        ":material/school:",
        "Open a case on the projector, let the class predict, then reveal the answers.",
        (
            ("pages/cases.py", "A first class: six cases", {"view": "tours", "tour_class": "true"}),
            ("pages/case.py", "Open a case for class", {"class_view": "true"}),
        ),
    ),
    (
        "Brief",
        ":material/policy:",
        "Find the cases on your subject, in plain language, with sources and what the numbers do not show.",
        (
            ("pages/cases.py", "Browse the cases", {"view": "table"}),
            ("pages/cases.py", "The map: which conflicts, where", {"view": "map"}),
        ),
    ),
    (
        "Try",
        ":material/play_circle:",
        "Type a prompt and watch models answer side by side. Nothing leaves this computer.",
        (("pages/live.py", "Ask a live prompt", {}), ("pages/trust.py", "How far to trust the scores", {})),
    ),
)
for column, (name, icon, what, links) in zip(st.columns(3, border=True), doors, strict=True):
    with column:
        st.subheader(f"{icon} {name}", anchor=False)
        st.write(what)
        for target, label, parameters in links:
            st.page_link(target, label=label, icon=":material/arrow_forward:", query_params=parameters)

counts = store.counts()
st.subheader("In the library", anchor=False)
held = {
    "cases": counts.cases,
    "prompts": counts.prompts,
    "stored answers": counts.responses,
    "models with answers": counts.models,
    "likelihoods of replies": counts.reply_logliks,
}
with st.container(horizontal=True, gap="large"):
    for label, value in held.items():
        st.metric(label, f"{value:,}", width="content")
notes = [
    f"{counts.scored:,} of {counts.responses:,} stored answers have a score on at least one criterion."
    f" {words.SCORED_HOW} The rest is kept as not scored, and never counts as zero."
]
if counts.failed:
    notes.append(f"{counts.failed:,} generations failed and are kept as failures.")
st.caption(" ".join(notes))
if not rows:
    st.warning("No cases are installed. The folder `casestudies/` is empty.", icon=":material/search_off:")
st.caption(
    "The case against, too: the paper behind this project argues and collects no data, credits preference tuning with"
    " real gains, and some studies find that tuning improves honesty and helpfulness together. The Method page says"
    " which."
)
st.page_link("pages/method.py", label="What is measured, and what is not claimed", icon=":material/straighten:")
