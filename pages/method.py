"""What is measured and how, in plain words, and what is not claimed."""

import streamlit as st

from lib.ui import cards, method

cards.page_style()
st.title("Method", anchor=False)
method.measures()
method.rules()
method.marked_features()
method.limits()
