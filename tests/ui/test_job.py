"""The watcher of a job: what it says, what it draws, and its stop button."""

import pytest
from streamlit.testing.v1 import AppTest

from lib.domain import Message, Settings
from lib.ui.job import status
from lib.worker.client import Client
from lib.worker.job import Job
from lib.worker.protocol import Generation, LogLikelihoods, Read

ASKED = Generation(("tiny",), (Message("user", "Hi"),), "live/x", 1, Settings())
MIX = Generation(("tiny",), (Message("user", "Hi"),), "live/x", 1, Settings(), weights={"tuned": 0.5})


@pytest.mark.parametrize(
    ("state", "ahead", "operation", "said"),
    [
        ("queued", 1, ASKED, "1 prompt ahead of yours. Yours starts by itself."),
        ("queued", 2, ASKED, "2 prompts ahead of yours. Yours starts by itself."),
        ("queued", 0, ASKED, "Loading the models. The first time takes a few seconds longer."),
        ("loading", 0, ASKED, "Loading the models. The first time takes a few seconds longer."),
        ("running", 0, ASKED, "The models are writing."),
        ("running", 0, MIX, "The mix is writing."),
        ("running", 0, LogLikelihoods("tiny", ()), "Comparing replies (a few seconds)"),
        ("running", 0, Read(()), "Scoring the answers (a few seconds)"),
    ],
)
def test_a_job_says_what_it_is_doing(state, ahead, operation, said):
    job = Job("x", (operation,), state)
    if state != "queued":
        job.next_operation()
    assert status(job, ahead) == said


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (0, "Your answers are complete. Their scores come next."),
        (1, "Your answers are complete. Their scores come once 1 prompt ahead of yours is scored."),
        (3, "Your answers are complete. Their scores come once 3 prompts ahead of yours are scored."),
    ],
)
def test_a_job_whose_answers_stand_says_what_its_scores_wait_for(ahead, said):
    job = Job("x", (ASKED, Read(())), "running", beside=4)
    job.next_operation()
    assert status(job, 0) == "The models are writing."
    job.parts["tiny"].answers[0].finish = "end"
    assert status(job, ahead) == said
    job.next_operation()
    assert status(job, 0) == "Scoring the answers (a few seconds)"


def test_a_watched_job_is_drawn_and_can_be_stopped():
    def page():
        import streamlit as st

        from lib.ui.job import watch

        client, job = st.session_state["client"], st.session_state["job"]
        if job.over:
            st.text(f"over: {job.message}")
        else:
            watch(client, job, lambda: st.text("so far"), "page")

    client, first, job = Client(), Job("first", (ASKED,), "running"), Job("second", (ASKED,))
    client._waiting = [first, job]  # as while another visitor's prompt is answered
    looked_at = job.looked_at
    app = AppTest.from_function(page)
    app.session_state["client"], app.session_state["job"] = client, job
    app.run()
    assert not app.exception and "1 prompt ahead of yours" in app.info[0].value and app.text[0].value == "so far"
    assert job.looked_at > looked_at
    app.button(key="page_stop").click().run()
    assert not app.exception and job.state == "cancelled" and app.text[0].value == "over: Stopped."
    assert client._waiting == [first]
