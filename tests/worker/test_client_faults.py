"""The client of a worker that lies, dies, hangs or does not start: the visitor is told and the queue goes on."""

import sys

import pytest

from lib.worker.client import Client, Patience
from tests.worker.jobs import ask, wait_until

_LIAR = """
import json, sys, time
for n, line in enumerate(sys.stdin):
    request = json.loads(line)
    def say(**told):
        for job in request["operation"].get("generations", [request["id"]]):
            print(json.dumps({{"id": job, "told": told}}), flush=True)
    if request["operation"]["op"] == "cancel":
        continue
    {before}
    say(kind="grown", model="tiny-chat", sample=0, text="Hi", finish="end", tokens=1)
    say(kind="done")
"""


def scripted(before: str, **patience: float) -> Client:
    """A client whose worker does `before`, then writes one word."""
    return Client([sys.executable, "-c", _LIAR.format(before=before)], Patience(between_looks=0.05, **patience))


@pytest.mark.parametrize(
    "lie",
    [
        "print('no event at all')",
        "print('{\"id\":')",
        "print('[' * 100_000)",
        "sys.stdout.buffer.write(b'\\xff\\xfe\\n')",
        "say(kind='grown', model='tiny-chat', sample=99, text='x', finish=None, tokens=1)",
        "say(kind='grown', model='other', sample=0, text='x', finish=None, tokens=1)",
        "say(kind='surprise')",
        "say(kind='encoded', encodings=[[1]])",
        "print(json.dumps({'id': 'another', 'told': {'kind': 'done'}}))",
    ],
)
def test_what_is_no_event_is_skipped_and_the_queue_goes_on(lie):
    client = scripted(lie)
    jobs = [ask(client, samples=1) for _ in range(2)]
    wait_until(lambda: all(j.over for j in jobs), "the end of both jobs")
    assert [(j.state, j.parts["tiny-chat"].answers[0].text) for j in jobs] == [("done", "Hi")] * 2
    client.close()


def test_a_worker_that_dies_in_mid_line_is_told_and_the_next_job_gets_another():
    client = scripted("print('half a li', end='', flush=True); sys.exit(3)")
    jobs = [ask(client, samples=1) for _ in range(3)]
    wait_until(lambda: all(j.over for j in jobs), "the end of all jobs")
    assert all(j.state == "failed" and "exit code 3" in j.message for j in jobs)
    client.close()


def test_a_worker_that_gives_no_sign_is_replaced_and_the_visitor_told():
    client = scripted("time.sleep(60 if n == 0 and request else 0)", silent=0.3)
    job, waiting = ask(client, samples=1), ask(client, samples=1)
    wait_until(lambda: job.over and waiting.state != "queued", "the hang to be seen")
    assert job.state == "failed" and "gave no sign" in job.message
    client.close()


def test_a_worker_that_does_not_stop_is_ended_and_the_next_job_served():
    hang = "('slow' in line) and time.sleep(60)"
    client = scripted(hang, stopped=0.3)
    slow, next_one = ask(client, text="slow"), ask(client, samples=1)
    wait_until(lambda: client.pid is not None and slow.state == "loading", "the first job's turn")
    pid = client.pid
    client.cancel(slow)
    wait_until(lambda: next_one.over, "the second job's end")
    assert slow.state == "cancelled" and next_one.state == "done" and client.pid != pid
    client.close()


def test_a_worker_that_cannot_be_started_is_told(tmp_path):
    client = Client([str(tmp_path / "no-such-program")])
    job = ask(client)
    assert job.state == "failed" and "could not be started" in job.message and client.position(job) == 0
