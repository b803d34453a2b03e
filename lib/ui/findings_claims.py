"""The paper's claims: what would speak for each, what was found for and against it, and where to see it."""

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from lib.cases.shape import CLAIMS
from lib.domain import Model
from lib.findings.records import Claim, Comparison, Found
from lib.findings.told import STANCE, clearness, tuning, tuning_name, value, verdict
from lib.store.library import CaseRow
from lib.ui import takeaway
from lib.ui.findings_apart import link

_TOLD = 2  # of the evidence for and against, in a sentence each


_COLOUR = {"for": "orange", "mostly for": "orange", "against": "blue", "mostly against": "blue"}


def claims(
    found: Found,
    rows: Mapping[str, CaseRow],
    models: Mapping[str, Model],
    labels: Mapping[str, str],
    tools: Callable[[Found, Claim], None],
) -> None:
    """A row for each claim, which opens. `labels`: of the prompts, by id; `tools`: what can be done with a claim."""
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
                for item in sorted((i for i in claim.items if i.stance == stance), key=clearness)[:_TOLD]:
                    st.markdown(
                        f"- *{STANCE[stance].capitalize()}:* {item.text}, {tuning(item, models, compared)}:"
                        f" **{value(item)}**, {item.n} {item.of}"
                    )
            _examples(claim, rows, models, labels)
            _table(claim, models, compared)
            tools(found, claim)


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
            query_params=link(example.case_id, pair, models, labels[example.prompt_id]),
        )


def _table(claim: Claim, models: Mapping[str, Model], compared: Mapping[str, Comparison]) -> None:
    frame = pd.DataFrame(
        [
            {
                "evidence": i.text,
                "tuning": tuning(i, models, compared),
                "value": value(i),
                "of": f"{i.n} {i.of}",
                "stance": STANCE[i.stance],
            }
            for i in claim.items
        ]
    )
    takeaway.table(frame, hide_index=True, alt=f"Evidence on: {CLAIMS[claim.claim]}")


def note() -> None:
    st.caption(
        "Each number is a mean over the library with a 95% interval over cases. Several hundred are looked at here and"
        " the intervals aren't corrected for that: by chance alone, about one in twenty would seem clear. A number"
        " about small models says nothing of large ones, and tuning differs between makers."
    )
