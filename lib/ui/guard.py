"""What a visitor sees where a file or a database fails: the fault in words, and nothing lost."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

import streamlit as st

from lib.store.faults import OUTSIDE, in_words

_LOG = logging.getLogger(__name__)


@contextmanager
def told() -> Generator[None]:
    """Say what failed in place of what could not be drawn, and stop there."""
    try:
        yield
    except OUTSIDE as fault:
        _LOG.warning("A page could not be shown: %s", in_words(fault))
        st.error("A data file or the disk has a problem. Once it is mended, reload the page.", icon=":material/error:")
        st.code(in_words(fault), language=None, wrap_lines=True)
        st.stop()
