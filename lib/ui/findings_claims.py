"""The paper's claims: what would speak for each, what was found for and against it, and where to see it."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from lib.cases.shape import CLAIMS
from lib.domain import Model
from lib.findings.records import Claim, Comparison, Found, Item
from lib.store.library import CaseRow
from lib.ui.findings import tuning_name
from lib.ui.findings_apart import link

_STANCE = {"for": "speaks for it", "against": "speaks against it", "unclear": "unclear"}
_TOLD = 2  # of the evidence for and against, in a sentence each


def verdict(claim: Claim) -> str:
    """In words, from how many pieces of evidence speak for and against."""
    stances = [i.stance for i in claim.items]
    for_, against = stances.count("for"), stances.count("against")
    if not stances:
        return "not measured"
    if not for_ and not against:
        return "not shown"
    if for_ and against:
        return "mostly for" if for_ >= 3 * against else "mostly against" if against >= 3 * for_ else "mixed"
    return "for" if for_ else "against"


_COLOUR = {"for": "orange", "mostly for": "orange", "against": "blue", "mostly against": "blue"}


def _value(item: Item) -> str:
    i = item.value
    if item.unit in ("share", "points"):
        sign = "+" if item.comparison and not item.chance else ""
        return f"{100 * i.value:{sign}.0f} points ({100 * i.low:{sign}.0f} to {100 * i.high:{sign}.0f})"
    return f"{i.value:+.2f} {item.unit} ({i.low:+.2f} to {i.high:+.2f})"


def _tuning(item: Item, models: Mapping[str, Model], compared: Mapping[str, Comparison]) -> str:
    if item.comparison is None:
        return ""
    if item.comparison in compared:
        return tuning_name(compared[item.comparison], models)
    before, after = item.comparison.split(">")
    return f"{models[after].label} against {models[before].label}"


def claims(found: Found, rows: Mapping[str, CaseRow], models: Mapping[str, Model], labels: Mapping[str, str]) -> None:
    """A row for each claim, which opens. `labels`: of the prompts, by id."""
    compared = {c.key: c for c in found.library.comparisons}
    for number, claim in enumerate(found.claims.claims, start=1):
        word = verdict(claim)
        stances = [i.stance for i in claim.items]
        counted = f"{stances.count('for')} for, {stances.count('against')} against, {stances.count('unclear')} unclear"
        label = f"{number}. {CLAIMS[claim.claim]} :{_COLOUR.get(word, 'gray')}-badge[{word}] {counted}"
        with st.expander(label, key=f"claim_{claim.claim}", on_change="rerun") as box:
            if not box.open:
                continue
            st.markdown(f"**Would speak for it:** {claim.would_show}")
            for stance in ("for", "against"):
                for item in sorted((i for i in claim.items if i.stance == stance), key=_clearness)[:_TOLD]:
                    st.markdown(
                        f"- *{_STANCE[stance].capitalize()}:* {item.text}, {_tuning(item, models, compared)}:"
                        f" **{_value(item)}**, {item.n} {item.of}"
                    )
            _examples(claim, rows, models, labels)
            _table(claim, models, compared)


def _clearness(item: Item) -> float:
    """How far the interval stays away from no change, against its width: the clearest first."""
    i = item.value
    width = max(i.high - i.low, 1e-6)
    return -abs(i.value - item.chance) / width


def _examples(
    claim: Claim, rows: Mapping[str, CaseRow], models: Mapping[str, Model], labels: Mapping[str, str]
) -> None:
    for example in claim.examples:
        if example.case_id not in rows or example.prompt_id not in labels:
            continue
        pair = Comparison(before=example.before, after=(example.after,), stage=models[example.before].stage)
        title = rows[example.case_id].title
        st.page_link(
            "pages/case.py",
            label=f"See it: {title}, {labels[example.prompt_id]} ({tuning_name(pair, models)})",
            icon=":material/arrow_forward:",
            query_params=link(title, pair, models, labels[example.prompt_id]),
        )


def _table(claim: Claim, models: Mapping[str, Model], compared: Mapping[str, Comparison]) -> None:
    frame = pd.DataFrame(
        [
            {
                "evidence": i.text,
                "tuning": _tuning(i, models, compared),
                "value": _value(i),
                "of": f"{i.n} {i.of}",
                "stance": _STANCE[i.stance],
            }
            for i in claim.items
        ]
    )
    st.dataframe(frame, hide_index=True, alt=f"Evidence on: {CLAIMS[claim.claim]}")


def note() -> None:
    st.caption(
        "Each number is a mean over the library with a 95% interval over cases. Several hundred are looked at here and"
        " the intervals aren't corrected for that: by chance alone, about one in twenty would seem clear. A number"
        " about small models says nothing of large ones, and tuning differs between makers."
    )
