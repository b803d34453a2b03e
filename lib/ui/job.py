"""A job of the model worker while it grows: what it is doing, a stop button, and what has come of it so far."""

from collections.abc import Callable

import streamlit as st

from lib.worker.client import Client
from lib.worker.job import Job
from lib.worker.protocol import Generation, LogLikelihoods, Read

_REFRESH = 0.3  # seconds between two looks


def watch(client: Client, job: Job, draw: Callable[[], None], page: str) -> None:
    """Calls `draw` again and again until the job is over, then redraws the whole page."""

    @st.fragment(run_every=_REFRESH)
    def growing() -> None:
        client.look(job)
        if job.over:
            st.rerun()
        left, right = st.columns([4, 1], vertical_alignment="center")
        waits = job.state in ("queued", "loading")
        left.info(status(job, client.position(job)), icon=f":material/{'hourglass_top' if waits else 'edit'}:")
        if right.button("Stop", key=f"{page}_stop", icon=":material/stop_circle:", type="primary", width="stretch"):
            client.cancel(job)
            st.rerun()
        draw()

    growing()


def status(job: Job, ahead: int) -> str:
    """What the job is doing, in words. `ahead`: how many jobs come before it."""
    if job.state == "queued" and ahead:
        return f"{ahead} {'prompt' if ahead == 1 else 'prompts'} ahead of yours. Yours starts by itself."
    if job.state in ("queued", "loading"):
        return "Loading the models. The first time takes a few seconds longer."
    match job.operation:
        case LogLikelihoods():
            return "Comparing replies (a few seconds)"
        case Read():
            return "Scoring the answers (a few seconds)"
        case Generation(weights=weights) if weights:
            return "The mix is writing."
        case _:
            return "The models are writing."
