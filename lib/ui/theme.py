"""The palette that fits the visitor's theme."""

import streamlit as st

from lib.charts import DARK, LIGHT, Palette


def palette() -> Palette:
    return DARK if st.context.theme.type == "dark" else LIGHT
