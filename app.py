"""The app's entry: page configuration and navigation."""

import streamlit as st

from lib.ui import guard

st.set_page_config(page_title="Trilemma", page_icon="lib/ui/icon.svg", layout="wide")
page = st.navigation(
    [
        st.Page("pages/start.py", title="Start", icon=":material/home:", default=True),
        st.Page("pages/cases.py", title="Cases", icon=":material/grid_view:"),
        st.Page("pages/findings.py", title="Findings", icon=":material/insights:"),
        st.Page("pages/weights.py", title="Your weights", icon=":material/balance:"),
        st.Page("pages/case.py", title="Case", icon=":material/menu_book:"),
        st.Page("pages/live.py", title="Live", icon=":material/play_circle:"),
        st.Page("pages/tuning.py", title="Tuning lab", icon=":material/experiment:"),
        st.Page("pages/models.py", title="Models", icon=":material/deployed_code:"),
        st.Page("pages/method.py", title="Method", icon=":material/straighten:"),
        st.Page("pages/trust.py", title="Trust", icon=":material/verified:"),
    ],
    position="top",
)
with guard.told():
    page.run()
