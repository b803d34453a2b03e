"""The parts of the start page: three doors, and what the library holds."""

import streamlit as st

from lib.store.library import LibraryCounts

# Name, icon, what it is for, and links: page, label, query.
_DOORS = (
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
        "Find cases on your subject, in plain language, with sources and a note on what the numbers don't show.",
        (
            ("pages/cases.py", "Browse the cases", {"view": "table"}),
            ("pages/cases.py", "The map: which conflicts, where", {"view": "map"}),
        ),
    ),
    (
        "Try",
        ":material/play_circle:",
        "Type a prompt and watch models answer side by side. Nothing leaves this computer.",
        (("pages/live.py", "Ask a live prompt", {}), ("pages/trust.py", "How far to trust the numbers", {})),
    ),
)


def introduction() -> None:
    st.markdown(
        "Language models are tuned on people's preferences to be **helpful, harmless and honest** at once. The paper"
        " [*AI Alignment through Reinforcement Learning from Human Feedback? Contradictions and"
        " Limitations*](https://arxiv.org/abs/2406.18346) argues that the three pull apart: the kind answer hides the"
        " truth, the safe answer leaves someone without help. Here you can see whether they do."
    )


def way_to_findings() -> None:
    st.page_link(
        "pages/findings.py",
        label="All findings, for and against the paper",
        icon=":material/arrow_forward:",
    )


def doors() -> None:
    for column, (name, icon, what, links) in zip(st.columns(len(_DOORS), border=True), _DOORS, strict=True):
        with column:
            st.subheader(f"{icon} {name}", anchor=False)
            st.write(what)
            for target, label, query in links:
                st.page_link(target, label=label, icon=":material/arrow_forward:", query_params=query)


def holdings(counts: LibraryCounts) -> None:
    """How much the library holds, and how much of it the answer keys decide."""
    st.subheader("In the library", anchor=False)
    held = {
        "cases": counts.cases,
        "prompts": counts.prompts,
        "stored answers": counts.responses,
        "models with answers": counts.models,
    }
    with st.container(horizontal=True, gap="large"):
        for label, value in held.items():
            st.metric(label, f"{value:,}", width="content")
    notes = [
        "Each case brings an answer key: what its answers can be seen to say or do, decided by their words. "
        + (
            f"{counts.decided:,} such checks stand beside the stored answers; the Trust page says how often they are"
            " right."
            if counts.decided
            else "The stored answers are not checked yet: `python -m lib score` does it."
            if counts.responses
            else "No answers are stored yet: `python -m lib precompute` makes them."
        )
    ]
    if counts.failed:
        notes.append(
            "1 generation failed and is kept as a failure."
            if counts.failed == 1
            else f"{counts.failed:,} generations failed and are kept as failures."
        )
    st.caption(" ".join(notes))


def counter_evidence() -> None:
    st.caption(
        "Counter-evidence: the paper behind this project makes an argument and collects no data. It credits preference"
        " tuning with real gains, and some studies find that tuning improves honesty and helpfulness together. The"
        " Method page says which."
    )
    st.page_link("pages/method.py", label="What is measured, and what is not claimed", icon=":material/straighten:")
