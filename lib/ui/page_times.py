"""How long each page's script takes, through Streamlit's own test runner."""

import time

import streamlit as st
from streamlit.testing.v1 import AppTest

from lib.paths import ROOT

PAGES = ("start", "cases", "findings", "weights", "case", "foundations", "live", "tuning", "models", "method", "trust")
PAGES += ("class_hour", "study", "join")


def page_times(repeats: int) -> dict[str, list[float]]:
    """Seconds of each page's script after one warm-up, on the data that TRILEMMA_DATA names now."""
    st.cache_data.clear()
    st.cache_resource.clear()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    times: dict[str, list[float]] = {}
    for page in PAGES:
        app.switch_page(f"pages/{page}.py").run()
        times[page] = []
        for _ in range(repeats):
            start = time.perf_counter()
            app.run()
            times[page].append(time.perf_counter() - start)
        if app.exception:
            raise RuntimeError(f"page {page}: {app.exception[0].value}")
    return times
