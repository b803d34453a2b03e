"""The worker process and its queue, with tiny real weights."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from lib.domain import Message, Settings
from lib.models.install import install
from lib.models.registry import read_models
from lib.scoring.inputs import READER, READING_NUMBERS
from lib.worker import client as client_module
from lib.worker.client import Client, Job

LONG = Settings(max_tokens=1500)
SHORT = Settings(max_tokens=6)


@pytest.fixture
def client(tiny_data):
    for model in read_models(tiny_data.models):
        install(model, print)
    made = Client()
    yield made
    made.close()


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 300  # a hang, not a slow machine
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.01)


def _ask(client: Client, models=("tiny-chat",), settings=SHORT, samples=2, text="Hello") -> Job:
    return client.submit(models, [Message("user", text)], "live/x", samples, settings)


def _writing(job: Job) -> Callable[[], bool]:
    return lambda: any(a.text for part in job.parts.values() for a in part.answers)


def test_two_models_answer_one_prompt(client):
    job = _ask(client, ("tiny-chat", "tiny-dialogue"))
    _until(lambda: job.over, "the end")
    assert job.state == "done" and job.message == ""
    for part in job.parts.values():
        assert [a.finish for a in part.answers] <= ["length", "length"] and all(a.tokens > 0 for a in part.answers)
        assert part.seconds_to_first_token > 0 and part.tokens_per_second > 0
    assert job.parts["tiny-chat"].rendered != job.parts["tiny-dialogue"].rendered


def test_the_same_prompt_and_seed_give_the_same_text(client):
    texts = []
    for _ in range(2):
        job = _ask(client, samples=2)
        _until(lambda job=job: job.over, "the end")
        texts.append([a.text for a in job.parts["tiny-chat"].answers])
    assert texts[0] == texts[1] and texts[0][0] != texts[0][1]


def test_a_second_job_waits_its_turn(client):
    first, second = _ask(client, settings=LONG), _ask(client)
    assert client.position(second) == 1 and second.state == "queued"
    client.cancel(first)
    _until(lambda: second.over, "the second job's end")
    assert second.state == "done" and client.position(second) == 0


def test_a_stopped_job_keeps_its_text_and_frees_the_worker(client):
    job = _ask(client, settings=LONG)
    _until(_writing(job), "text")
    client.cancel(job)
    assert job.state == "cancelled" and {a.finish for a in job.parts["tiny-chat"].answers} == {"cancelled"}
    text = job.parts["tiny-chat"].answers[0].text
    after = _ask(client)
    _until(lambda: after.over, "the next job's end")
    assert job.parts["tiny-chat"].answers[0].text == text != ""


def test_a_job_stopped_in_the_queue_never_runs(client):
    first, second = _ask(client, settings=LONG), _ask(client)
    client.cancel(second)
    client.cancel(first)
    third = _ask(client)
    _until(lambda: third.over, "the third job's end")
    assert second.state == "cancelled" and second.parts["tiny-chat"].rendered == ""


def test_a_killed_worker_is_told_and_the_next_job_served(client):
    job, waiting = _ask(client, settings=LONG), _ask(client)
    _until(_writing(job), "text")
    killed = client.pid
    os.kill(killed, signal.SIGKILL)
    _until(lambda: job.over, "the failure to be seen")
    assert job.state == "failed" and "ended unexpectedly" in job.message and job.parts["tiny-chat"].answers[0].text
    _until(lambda: waiting.over, "the waiting job's end")
    assert waiting.state == "done" and client.pid not in (None, killed)


def test_a_worker_killed_while_idle_is_started_again(client):
    job = _ask(client)
    _until(lambda: job.over, "the end")
    os.kill(client.pid, signal.SIGKILL)
    _until(lambda: client.pid is None, "the worker's end")
    after = _ask(client)
    _until(lambda: after.over, "the next job's end")
    assert after.state == "done"


def test_a_prompt_too_long_fails_with_both_lengths_and_the_other_model_goes_on(client):
    job = _ask(client, text="x" * 2600)
    _until(lambda: job.over, "the end")
    assert job.state == "failed" and "tokens long" in job.message and "2,048" in job.message
    after = _ask(client)
    _until(lambda: after.over, "the next job's end")
    assert after.state == "done"


def test_a_model_that_is_not_installed_is_named_with_the_command(client, tiny_data):
    tiny_data.models.write_text(tiny_data.models.read_text().replace('id = "tiny-dialogue"', 'id = "tiny-absent"'))
    job = _ask(client, ("tiny-chat", "tiny-absent"))
    _until(lambda: job.over, "the end")
    assert job.state == "done" and "MODEL=tiny-absent" in job.parts["tiny-absent"].error
    assert job.parts["tiny-chat"].answers[0].finish == "length"


def test_a_job_that_nobody_looks_at_is_stopped(client, monkeypatch):
    monkeypatch.setattr(client_module, "FORGOTTEN_AFTER", 0.5)
    job = _ask(client, settings=LONG)
    _until(lambda: job.over, "the stop")
    assert job.state == "cancelled" and "closed" in job.message


def test_the_worker_ends_with_the_app(client):
    job = _ask(client, settings=LONG)
    _until(_writing(job), "text")
    process = client._process
    process.stdin.close()  # what the end of the app's process does
    assert process.wait(20) == 0


def test_answers_are_read_where_the_reading_model_is_here(client, tiny_data):
    """The tiny model under the reading model's name: what comes back is a vector of its width, for every answer and every reference."""
    entry = (
        tiny_data.models.read_text().split("[[model]]")[1].replace("tiny-chat", READER).replace("Tiny (chat)", "Reader")
    )
    tiny_data.models.write_text(f"{tiny_data.models.read_text()}\n[[model]]{entry}")
    install(next(m for m in read_models(tiny_data.models) if m.id == READER), print)
    job = client.submit(
        ["tiny-chat"], [Message("user", "Hello")], "live/x", 2, SHORT, references=("One.", "Two.", "Three.")
    )
    _until(lambda: job.over, "the end")
    width = 4 * 32 + len(READING_NUMBERS)
    assert [len(a.reading.vector) for a in job.parts["tiny-chat"].answers] == [width, width]
    assert [len(v) for v in job.reference_vectors] == [width] * 3


def test_without_the_reading_model_answers_come_unread(client):
    job = _ask(client)
    _until(lambda: job.over, "the end")
    assert [a.reading for a in job.parts["tiny-chat"].answers] == [None, None] and job.reference_vectors == ()
