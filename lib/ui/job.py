"""A job of the model worker while it grows: what it is doing, a stop button, and what has come of it so far."""

from collections.abc import Callable, Sequence
from functools import partial
from math import ceil

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lib.worker.client import Client
from lib.worker.job import Job
from lib.worker.protocol import Generation, LogLikelihoods, Read

_REFRESH = 0.3  # seconds between two looks


def watch(client: Client, job: Job, draw: Callable[[], None], page: str, beside: Sequence[Job] = ()) -> None:
    """Calls `draw` again and again until the job is over, then redraws the whole page.

    `beside`: jobs of the same page, which wait for theirs and are stopped with it.
    """

    @st.fragment(run_every=_REFRESH)
    def growing() -> None:
        for each in (job, *beside):
            client.look(each)
        if job.over:
            st.rerun()
        left, right = st.columns([4, 1], vertical_alignment="center")
        waits = job.state in ("queued", "loading")
        left.info(
            f"{status(job, client.position(job))} {expected(client, job)}".strip(),
            icon=f":material/{'hourglass_top' if waits else 'edit'}:",
        )
        if right.button("Stop", key=f"{page}_stop", icon=":material/stop_circle:", type="primary", width="stretch"):
            for each in (job, *beside):
                client.cancel(each)
            st.rerun()
        draw()

    growing()


def tab_open() -> Callable[[], bool]:
    """What tells, in any thread and at any time, whether this visitor's tab is still open."""
    visitor = get_script_run_ctx()
    if visitor is None or not runtime.exists():
        return lambda: True
    return partial(runtime.get_instance().is_active_session, visitor.session_id)


def expected(client: Client, job: Job) -> str:
    """How long it takes, by what was measured on this installation; empty where the status says so."""
    if len(job.begun) > 1:
        return ""
    ahead = job.state == "queued" and client.position(job) > 0
    seconds = client.seconds_before(job) if ahead else client.seconds_left(job)
    if seconds is None:
        return "How long that takes isn't measured yet on this computer."
    return f"Expected wait: {at_most(seconds)}." if ahead else f"Expected: {at_most(seconds)} more."


def at_most(seconds: float) -> str:
    """An upper bound in words, rounded up to what a measure of the last run can bear."""
    if seconds <= 5:
        return "a few seconds"
    return f"at most about {5 * ceil(seconds / 5)} s" if seconds < 90 else f"at most about {ceil(seconds / 60)} min"


def status(job: Job, ahead: int) -> str:
    """What the job is doing, in words. `ahead`: how many jobs come before it, or are scored before it."""
    prompts = f"{ahead} {'prompt' if ahead == 1 else 'prompts'}"
    if job.state == "queued" and ahead:
        return f"{prompts} ahead of yours. Yours starts by itself."
    if job.state in ("queued", "loading"):
        return "Loading the models. The first time takes a few seconds longer."
    if job.beside and job.written and len(job.begun) == 1:
        before = f"once {prompts} ahead of yours {'is' if ahead == 1 else 'are'} scored" if ahead else "next"
        return f"Your answers are complete. Their scores come {before}."
    match job.operation:
        case LogLikelihoods():
            return "Comparing replies (a few seconds)"
        case Read():
            return "Scoring the answers (a few seconds)"
        case Generation(weights=weights) if weights:
            return "The mix is writing."
        case _:
            return "The models are writing."
