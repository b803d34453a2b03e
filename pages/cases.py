"""The gallery of cases: search, filter, as cards or as a table."""

import pandas as pd
import streamlit as st

from lib.case_shape import CLAIMS
from lib.ui import cached, cards, pickers, words

cards.page_style()
store = cached.store()
st.title("Cases", anchor=False)
rows = store.case_rows()
if not rows:
    st.warning("No cases are installed. The folder `casestudies/` is empty.", icon=":material/search_off:")
    st.stop()

wanted = pickers.case_filter(rows)
found = store.case_rows(wanted)
left, right = st.columns([3, 1], vertical_alignment="center")
left.markdown(f"**{len(found)} of {len(rows)} cases**")
view = right.segmented_control("View", ["cards", "table"], default="cards", required=True, key="view", bind="query-params", label_visibility="collapsed")
if not found:
    st.info("No case fits these filters. Remove one, or search for another word.", icon=":material/filter_alt_off:")
    st.stop()

if view == "table":
    frame = pd.DataFrame(
        [
            {
                "case": f"/case?case={r.title.replace(' ', '+')}",
                "title": r.title,
                "in plain words": r.summary,
                "criteria": ", ".join(r.criteria),
                "claim": CLAIMS[r.claim],
                "domain": r.domain,
                "languages": ", ".join(map(words.language, r.languages)),
                "answers": r.responses,
                "models": r.models,
            }
            for r in found
        ]
    )
    st.dataframe(
        frame,
        hide_index=True,
        row_height=60,
        column_config={
            "case": st.column_config.LinkColumn("open", display_text="open", width="small"),
            "in plain words": st.column_config.TextColumn(width="large"),
        },
        alt="The cases that fit, one a row",
    )
    st.stop()

for start in range(0, len(found), 3):
    for column, row in zip(st.columns(3), found[start : start + 3], strict=False):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{row.number}. {row.title}**")
            st.markdown(words.criteria_badges(row.criteria))
            st.write(row.summary)
            st.caption(f"{CLAIMS[row.claim]} · {row.domain} · {row.prompts} prompts · {row.responses} answers of {row.models} models")
            if row.sensitivity != "none":
                st.caption(f":material/info: {words.SENSITIVITY[row.sensitivity]}")
            st.page_link("pages/case.py", label="Open", icon=":material/arrow_forward:", query_params={"case": row.title})
