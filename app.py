"""The app's entry: page configuration and navigation."""

import streamlit as st

from lib.ui import address, guard, visitors

st.set_page_config(page_title=address.NAME, page_icon="lib/ui/icon.svg", layout="wide")
# One list, since the menu of a narrow screen marks up sections as lists that a screen reader can't follow.
every = [
    st.Page("pages/start.py", title="Start", icon=":material/home:", default=True),
    st.Page("pages/cases.py", title="Cases", icon=":material/grid_view:"),
    st.Page("pages/case.py", title="Case", icon=":material/menu_book:"),
    st.Page("pages/findings.py", title="Findings", icon=":material/insights:"),
    st.Page("pages/live.py", title="Live", icon=":material/play_circle:"),
    st.Page("pages/foundations.py", title="Foundations", icon=":material/foundation:"),
    st.Page("pages/class_hour.py", title="Class hour", icon=":material/school:"),
    st.Page("pages/brief.py", title="Brief", icon=":material/description:"),
    st.Page("pages/tuning.py", title="Tuning lab", icon=":material/experiment:"),
    st.Page("pages/preferences.py", title="Preference data", icon=":material/thumbs_up_down:"),
    st.Page("pages/collections.py", title="Collections", icon=":material/folder_open:"),
    st.Page("pages/study.py", title="Study", icon=":material/ballot:"),
    st.Page("pages/weights.py", title="Your weights", icon=":material/balance:"),
    st.Page("pages/models.py", title="Models", icon=":material/deployed_code:"),
    st.Page("pages/add_model.py", title="Add a model", icon=":material/add:", visibility="hidden"),
    st.Page("pages/method.py", title="Method", icon=":material/straighten:"),
    st.Page("pages/trust.py", title="Trust", icon=":material/verified:"),
    st.Page("pages/join.py", title="Join", icon=":material/login:"),
]
page = st.navigation(visitors.allowed(every), position="top")
if page.url_path:
    address.tab_title(page.title)
with guard.told():
    page.run()
