"""A visitor's own set: the form, what is wrong with a name or a file, and the job while it works."""

from collections.abc import Collection
from typing import NamedTuple

import streamlit as st

from lib.domain import TrilemmaError
from lib.formats.rows import KINDS
from lib.formats.sets_shapes import SHAPES
from lib.preferences.job import Job, Jobs
from lib.preferences.records import check_name

MOST_MEGABYTES = 200
_REFRESH = 1.0  # seconds between two looks


class Given(NamedTuple):
    """A set that was handed in: its name, and the file's ending and content."""

    name: str
    ending: str
    content: bytes


def form(taken: Collection[str]) -> Given | None:
    """The set that is to be measured, once its name and file are in order."""
    shapes = ", ".join(s.name for s in SHAPES)
    st.markdown(
        f"Known: {shapes}, and GlobalOpinionQA. Simplest is one JSON object a line with prompt, chosen and rejected."
    )
    with st.form("preferences_add", border=True):
        file = st.file_uploader(
            f"File ({', '.join(KINDS)}, also .gz; at most {MOST_MEGABYTES} MB)",
            type=[k.removeprefix(".") for k in (*KINDS, ".gz")],
            max_upload_size=MOST_MEGABYTES,
            key="preferences_file",
        )
        name = st.text_input("Name", placeholder="my-pairs", max_chars=60, key="preferences_name").strip()
        sent = st.form_submit_button("Measure it", type="primary", icon=":material/query_stats:")
    st.caption(
        "Nothing leaves this computer. The file's texts stay in data/local, for examples and export; whoever uses this"
        " installation can see them. A larger set: `python -m lib preferences DATA --as NAME --here`."
    )
    if not sent:
        return None
    if fault := _fault(name, file is None, taken):
        st.error(fault, icon=":material/error:")
        return None
    assert file is not None
    parts = [f".{part}" for part in file.name.lower().split(".")[-2:]]
    return Given(name, "".join(p for p in parts if p in (*KINDS, ".gz")), file.getvalue())


def _fault(name: str, no_file: bool, taken: Collection[str]) -> str | None:
    if no_file:
        return "Choose a file first."
    try:
        check_name(name)
    except TrilemmaError as fault:
        return str(fault)
    return f"There is a set called {name} already. Choose another name." if name in taken else None


def working(jobs: Jobs) -> None:
    """The job while it works, then what came of it."""
    job = jobs.job
    if job is None:
        return
    if job.state == "running":
        _watch(job)
    elif job.state == "failed":
        st.error(f"{job.name} could not be measured. Nothing of it is kept.", icon=":material/error:")
        st.code(job.said or "It ended without a word.", language=None, wrap_lines=True)
    elif job.state == "stopped":
        st.info(f"Stopped. Nothing of {job.name} is kept.", icon=":material/stop_circle:")
    else:
        st.success(f"{job.name} is measured: choose it at the top of this page.", icon=":material/check:")


def _watch(job: Job) -> None:
    @st.fragment(run_every=_REFRESH)
    def growing() -> None:
        if job.state != "running":
            st.rerun()
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.info(f"{job.name}: {job.said or 'starting'}", icon=":material/hourglass_top:")
        if right.button("Stop", key="preferences_stop", icon=":material/stop_circle:", type="primary", width="stretch"):
            job.stop()
            st.rerun()

    growing()
