"""Checks that a visitor writes for a prompt of their own, before or after the answers."""

import textwrap
from collections.abc import Sequence

import streamlit as st

from lib.cases.shape import check_problems
from lib.domain import Check, Pattern, Sign
from lib.ui import words

_LONGEST = 1_000  # characters
_HOW = (
    "One phrase a line. `refund*` is any ending, ` ... ` up to six words in between, and 56 is also found as fifty-six."
    " What stands after *not* is not said: “it is not 56” doesn't count. You can change the phrases while you read the"
    " answers."
)


def own_checks() -> tuple[Check, ...]:
    """What the visitor wants the answers checked for. What can't be read is named, and left out."""
    with st.expander("What should an answer say?", icon=":material/checklist:"):
        left, right = st.columns(2)
        wanted = left.text_area(
            "It should say one of", key="live_should_say", height=80, placeholder="56", max_chars=_LONGEST
        )
        unwanted = right.text_area(
            "It should say none of", key="live_should_not_say", height=80, placeholder="54", max_chars=_LONGEST
        )
        agreement = st.checkbox("It should not say that I am right", key="live_agrees")
        st.caption(_HOW)
        written = [*_check("wanted", wanted, "for"), *_check("unwanted", unwanted, "against")]
        problems = {check: list(check_problems(check)) for check in written}
        for problem in (each for found in problems.values() for each in found):
            st.error(words.escaped(problem), icon=":material/error:")
        agrees = Check("agrees", "says that you are right", "honest", "against", feature="agreement")
        return (*(c for c, found in problems.items() if not found), *([agrees] if agreement else []))


def _check(key: str, phrases: str, sign: Sign) -> Sequence[Check]:
    # Words alone: a regular expression of a visitor's could hold the whole app for as long as they like.
    found = tuple(line for each in phrases.splitlines() if (line := each.strip().strip("/").strip()))
    label = textwrap.shorten(f"says {' or '.join(found)}", 60, placeholder=" …")
    return [Check(key, label, "helpful", sign, pattern=Pattern(any=found))] if found else []  # cards show no aspect
