"""What can be taken away of a finding: how to cite it, and a brief that begins with it."""

import streamlit as st

from lib.cases.shape import CLAIMS
from lib.findings.records import Claim, Found
from lib.findings.told import Set
from lib.ui import papers, takeaway

_KIND = "Finding over a library of cases"


def tools(found: Found, mine: Set) -> None:
    """For what a set of tunings did."""
    title = f"What tuning did to {mine.root.label} (measured {found.library.date})"
    _tools(title, papers.SET, mine.root.id, {"set": mine.root.label})


def claim_tools(found: Found, claim: Claim) -> None:
    """For the evidence on a claim of the paper."""
    title = f"Evidence on a claim of the paper: {CLAIMS[claim.claim]} (measured {found.library.date})"
    _tools(title, papers.CLAIM, claim.claim, {})


def _tools(title: str, kind: str, about: str, query: dict[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        where = papers.address("findings", query)
        takeaway.cite(takeaway.Cited(_KIND, f"{kind}-{about}", title, where, papers.edition()))
        st.page_link(
            "pages/brief.py",
            label="Begin a brief with this finding",
            icon=":material/description:",
            query_params={"item": [f"{kind}:{about}"]},
        )
