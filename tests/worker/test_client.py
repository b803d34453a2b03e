"""The worker process and its queue, with tiny real weights."""

import math
import os
import signal
from collections.abc import Callable

import pytest

from lib.domain import Exchange, Message, Settings
from lib.models.install import install
from lib.models.registry import read_models
from lib.scoring.inputs import READER, READING_NUMBERS
from lib.worker import client as client_module
from lib.worker.client import WORKER, Client
from lib.worker.job import Job
from lib.worker.protocol import LogLikelihoods, Read
from lib.worker.server import NICE
from tests.worker.jobs import ask, generation, wait_until

LONG = Settings(max_tokens=1500)
HELLO = (Message("user", "Hello"),)
REPLIES = tuple(Exchange(HELLO, text) for text in ("One.", "Two.", "Three."))


def _read_answers(job: Job) -> Read:
    """What a live prompt asks after its generation."""
    answers = [Exchange(HELLO, a.text) for a in job.parts["tiny-chat"].answers]
    return Read(tuple(dict.fromkeys(answers)))


def _writing(job: Job) -> Callable[[], bool]:
    return lambda: any(a.text for part in job.parts.values() for a in part.answers)


def test_two_models_answer_one_prompt(standing):
    job = ask(standing, ("tiny-chat", "tiny-dialogue"))
    wait_until(lambda: standing.look(job) or job.over, "the end")  # the worker starts: on a busy machine, slowly
    assert job.state == "done" and job.message == ""
    for part in job.parts.values():
        assert [a.finish for a in part.answers] <= ["length", "length"] and all(a.tokens > 0 for a in part.answers)
        assert part.seconds_to_first_token > 0 and part.tokens_per_second > 0
    assert job.parts["tiny-chat"].rendered != job.parts["tiny-dialogue"].rendered


def test_the_same_prompt_and_seed_give_the_same_text(standing):
    texts = []
    for _ in range(2):
        job = ask(standing, samples=2)
        wait_until(lambda job=job: job.over, "the end")
        texts.append([a.text for a in job.parts["tiny-chat"].answers])
    assert texts[0] == texts[1] and texts[0][0] != texts[0][1]


def test_a_second_job_waits_its_turn(standing):
    first, second = ask(standing, settings=LONG), ask(standing)
    assert standing.position(second) == 1 and second.state == "queued"
    standing.cancel(first)
    wait_until(lambda: second.over, "the second job's end")
    assert second.state == "done" and standing.position(second) == 0


def test_a_stopped_job_keeps_its_text_and_frees_the_worker(standing):
    job = ask(standing, settings=LONG)
    wait_until(_writing(job), "text")
    standing.cancel(job)
    assert job.state == "cancelled" and {a.finish for a in job.parts["tiny-chat"].answers} == {"cancelled"}
    text = job.parts["tiny-chat"].answers[0].text
    after = ask(standing)
    wait_until(lambda: after.over, "the next job's end")
    assert job.parts["tiny-chat"].answers[0].text == text != ""


def test_a_job_stopped_in_the_queue_never_runs(standing):
    first, second = ask(standing, settings=LONG), ask(standing)
    standing.cancel(second)
    standing.cancel(first)
    third = ask(standing)
    wait_until(lambda: third.over, "the third job's end")
    assert second.state == "cancelled" and second.parts["tiny-chat"].rendered == ""


def test_a_killed_worker_is_told_and_the_next_job_served(client):
    job, waiting = ask(client, settings=LONG), ask(client)
    wait_until(_writing(job), "text")
    killed = client.pid
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: job.over, "the failure to be seen")
    assert job.state == "failed" and "ended unexpectedly" in job.message and job.parts["tiny-chat"].answers[0].text
    wait_until(lambda: waiting.over, "the waiting job's end")
    assert waiting.state == "done" and client.pid not in (None, killed)


def test_a_worker_killed_while_idle_is_started_again(client):
    job = ask(client)
    wait_until(lambda: job.over, "the end")
    os.kill(client.pid, signal.SIGKILL)
    wait_until(lambda: client.pid is None, "the worker's end")
    after = ask(client)
    wait_until(lambda: after.over, "the next job's end")
    assert after.state == "done"


def test_a_prompt_too_long_fails_with_both_lengths_and_the_other_model_goes_on(standing):
    job = ask(standing, text="x" * 2600)
    wait_until(lambda: job.over, "the end")
    assert job.state == "failed" and "tokens long" in job.message and "2,048" in job.message
    after = ask(standing)
    wait_until(lambda: after.over, "the next job's end")
    assert after.state == "done"


def test_a_model_that_is_not_installed_is_named_with_the_command(client, tiny_data):
    tiny_data.models.write_text(tiny_data.models.read_text().replace('id = "tiny-dialogue"', 'id = "tiny-absent"'))
    job = ask(client, ("tiny-chat", "tiny-absent"))
    wait_until(lambda: job.over, "the end")
    assert job.state == "done" and "MODEL=tiny-absent" in job.parts["tiny-absent"].error
    assert job.parts["tiny-chat"].answers[0].finish == "length"


def test_a_job_that_nobody_looks_at_is_stopped(client, monkeypatch):
    monkeypatch.setattr(client_module, "FORGOTTEN_AFTER", 0.5)
    job = ask(client, settings=LONG)
    wait_until(lambda: job.over, "the stop")
    assert job.state == "cancelled" and "closed" in job.message


def test_the_worker_ends_with_the_app(client):
    job = ask(client, settings=LONG)
    wait_until(_writing(job), "text")
    process = client._process
    process.stdin.close()  # what the end of the app's process does
    assert process.wait(20) == 0


def test_a_worker_that_stands_back_already_is_not_put_back_further(tiny_data):
    started = Client(("nice", "-n", "5", *WORKER))
    try:
        job = ask(started)
        wait_until(lambda: job.over, "the end")
        here = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, started.pid) == max(NICE, here + 5)
    finally:
        started.close()


@pytest.fixture
def reader_here(client, tiny_data):
    """The tiny model under the reading model's name."""
    entry = (
        tiny_data.models.read_text().split("[[model]]")[1].replace("tiny-chat", READER).replace("Tiny (chat)", "Reader")
    )
    tiny_data.models.write_text(f"{tiny_data.models.read_text()}\n[[model]]{entry}")
    install(next(m for m in read_models(tiny_data.models) if m.id == READER), print)


def test_answers_are_read_where_the_reading_model_is_here(client, reader_here):
    """A vector of its width comes back for every answer."""
    job = client.submit(generation(), _read_answers)
    wait_until(lambda: job.over, "the end")
    width = 4 * 32 + len(READING_NUMBERS)
    texts = [a.text for a in job.parts["tiny-chat"].answers]
    assert [len(job.encodings[Exchange(HELLO, text)].vector) for text in texts] == [width, width]


def test_without_the_reading_model_answers_come_unread(standing):
    job = standing.submit(generation(), _read_answers)
    wait_until(lambda: job.over, "the end")
    assert (job.state, job.message) == ("done", "") and READER in job.unread
    assert job.encodings == {}


def test_reading_is_an_operation_of_its_own_and_keeps_a_tone_that_is_no_number(client, reader_here):
    job = client.submit(Read((*REPLIES, Exchange(HELLO, " "))))
    wait_until(lambda: job.over, "the end")
    assert job.state == "done" and list(job.encodings)[:3] == list(REPLIES)
    tones = [e.tone for e in job.encodings.values()]
    assert all(math.isfinite(t) for t in tones[:3]) and math.isnan(tones[3])


def test_log_likelihoods_are_an_operation_of_their_own(standing):
    twice = (*REPLIES, Exchange((Message("user", "Bye"),), "One."))
    job = standing.submit(LogLikelihoods("tiny-chat", twice))
    wait_until(lambda: job.over, "the end")
    assert job.state == "done" and [x.characters for x in job.logliks] == [4, 4, 6, 4]
    assert all(x.logprob < 0 for x in job.logliks) and job.logliks[0] != job.logliks[3]


def test_an_operation_that_cannot_be_done_is_told(standing):
    job = standing.submit(LogLikelihoods("tiny-gone", REPLIES))
    wait_until(lambda: job.over, "the end")
    assert job.state == "failed" and "'tiny-gone'" in job.message


def test_stopping_a_job_stops_its_later_operations_too(standing):
    job = standing.submit(generation(settings=LONG), LogLikelihoods("tiny-chat", REPLIES))
    wait_until(_writing(job), "text")
    standing.cancel(job)
    after = ask(standing)
    wait_until(lambda: after.over, "the next job's end")
    assert job.state == "cancelled" and job.logliks == () and [o.op for o in job.begun] == ["generate"]


def test_no_other_job_comes_between_the_operations_of_one(standing):
    first = standing.submit(generation(), LogLikelihoods("tiny-chat", REPLIES))
    second = ask(standing)
    wait_until(lambda: second.state != "queued", "the second job's turn")
    assert first.state == "done" and len(first.logliks) == 3
    wait_until(lambda: second.over, "the second job's end")


def test_nothing_follows_where_no_model_could_answer(standing):
    job = standing.submit(generation(text="x" * 2600), LogLikelihoods("tiny-chat", REPLIES))
    wait_until(lambda: job.over, "the end")
    assert job.state == "failed" and job.logliks == () and len(job.begun) == 1
