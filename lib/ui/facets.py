"""Which options of the gallery's filters do something: each leaves a case, and not every case."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from lib.cases.shape import CLAIMS
from lib.domain import CRITERIA
from lib.store.library import CaseRow
from lib.ui import address, words


class Facet(NamedTuple):
    """A filter: all its options as they are shown, in order, and which of them a case has."""

    options: Sequence[str]
    of: Callable[[CaseRow], set[str]]
    every: bool = False  # whether a case has to have every chosen option, or one of them

    def fits(self, row: CaseRow, chosen: set[str]) -> bool:
        return not chosen or (chosen <= self.of(row) if self.every else bool(chosen & self.of(row)))


def facets(rows: Sequence[CaseRow]) -> Mapping[str, Facet]:
    """The filters over these cases, by the key of their choice."""
    return {
        "criteria": Facet(CRITERIA, lambda r: set(r.criteria), every=True),
        "claim": Facet(list(CLAIMS.values()), lambda r: {CLAIMS[r.claim]}),
        "domain": Facet(sorted({r.domain for r in rows}), lambda r: {r.domain}),
        "language": Facet(
            [words.language(code) for code in sorted({code for r in rows for code in r.languages})],
            lambda r: {words.language(code) for code in r.languages},
        ),
        "sensitivity": Facet(list(words.SENSITIVITY), lambda r: {r.sensitivity}),
    }


def offered(
    rows: Sequence[CaseRow], found: Sequence[CaseRow], chosen: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """The options to show of each filter, given what is chosen in all. `found`: the cases that a search left.

    Left out is what would leave no case, and what all cases have that the other filters leave. What is chosen stays.
    """
    every = facets(rows)
    picked = {key: set(chosen.get(key, ())) & set(facet.options) for key, facet in every.items()}
    out = {}
    for key, facet in every.items():
        left = [r for r in found if all(other.fits(r, picked[k]) for k, other in every.items() if k != key)]
        within = [r for r in left if facet.fits(r, picked[key])] if facet.every else left
        share = {option: sum(option in facet.of(r) for r in within) for option in facet.options}
        out[key] = [o for o in facet.options if o in picked[key] or 0 < share[o] < len(within)]
    return out


def pills(label: str, key: str, options: Mapping[str, Sequence[str]], note: str | None = None) -> Sequence[str]:
    """A filter at a glance; nothing where no option does anything."""
    if not (shown := options[key]):
        return _unused(key)
    return st.pills(label, shown, selection_mode="multi", wrap=True, help=note, **address.several(key, shown))


def menu(label: str, key: str, options: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """A filter with many options; nothing where none does anything."""
    if not (shown := options[key]):
        return _unused(key)
    return st.multiselect(label, shown, **address.several(key, shown))


def _unused(key: str) -> Sequence[str]:
    st.session_state.pop(key, None)  # what was chosen before it was taken out of the link
    return ()
