"""What the cards of the gallery tell of each case besides its row: its clearest difference, and how long it reads."""

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from lib.cases.reading import reading_minutes
from lib.measures.differences import Difference
from lib.scoring.telling import telling
from lib.ui import cached


class CardFacts(NamedTuple):
    clearest: Difference | None  # of two prompts or by tuning, the first that the case's page tells
    compared: int  # how many comparisons there are of which it is the clearest
    minutes: int


def card_facts() -> Mapping[str, CardFacts]:
    """By the id of each case; worked out once for the whole library."""
    return _card_facts(cached.database())


@st.cache_resource(max_entries=2, show_spinner="Looking for each case's clearest difference …")
def _card_facts(database: str) -> Mapping[str, CardFacts]:
    out = {}
    for row in cached.case_rows():
        if study := cached.case(row.id):
            found = cached.case_differences(row.id)
            out[row.id] = CardFacts(next(iter(telling(found)), None), len(found), reading_minutes(study))
    return out
