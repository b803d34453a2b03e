"""Queued prompts that go with each other: written in one batch, each as if alone, each stopped or failed alone."""

import os
import signal
from dataclasses import replace

import pytest
import torch

from lib.domain import Exchange, Message, Settings
from lib.inference import precision
from lib.worker import client as client_module
from lib.worker.client import Client
from lib.worker.crew import MOST_BYTES, MOST_ROWS, crews
from lib.worker.job import Job
from lib.worker.protocol import Generation, LogLikelihoods
from tests.worker.jobs import ask, generation, wait_until

LONG = Settings(max_tokens=1500)
SOME = Settings(max_tokens=24)
QUESTIONS = ("What is tea?", "Tell me about the sea and all that lives in it.", "Why?")


def _crew(client: Client, settings: Settings, texts=QUESTIONS, models=("tiny-chat", "tiny-dialogue")) -> list[Job]:
    """Jobs that waited together behind another one, and have their turn now."""
    before = ask(client, settings=replace(LONG, top_p=0.5))
    jobs = [ask(client, models, settings, text=text) for text in texts]
    assert {client.position(j) for j in jobs} == {1}
    client.cancel(before)
    wait_until(lambda: all(j.state != "queued" for j in jobs), "the crew's turn")
    return jobs


def _writing(job: Job) -> bool:
    return any(a.text for part in job.parts.values() for a in part.answers)


def _texts(job: Job) -> list[str]:
    return [a.text for part in job.parts.values() for a in part.answers]


def _job(name: str, asked: Generation) -> Job:
    return Job(name, (asked, LogLikelihoods("tiny-chat", ())))


def test_prompts_to_the_same_models_in_the_same_way_go_together():
    asked = generation()
    others = {
        "models": replace(asked, models=("tiny-dialogue",)),
        "template": replace(asked, template="dialogue"),
        "settings": replace(asked, settings=replace(asked.settings, temperature=0.0)),
        "weights": replace(asked, weights={"x": 0.5}),
        "long": replace(asked, messages=(Message("user", "é" * (MOST_BYTES // 2 + 1)),)),
    }
    seed = replace(asked, settings=replace(asked.settings, seed=7), samples=4, messages=(Message("user", "Bye"),))
    queued = [_job("a", asked), *(_job(name, each) for name, each in others.items()), _job("b", seed)]
    queued += [_job(f"{name} too", each) for name, each in others.items()]
    queued += [Job("other", (LogLikelihoods("tiny-chat", ()),)), Job("none", ())]
    together = [[j.id for j in crew] for crew in crews(queued)]
    assert together == [
        ["a", "b"],
        ["models", "models too"],
        ["template", "template too"],
        ["settings", "settings too"],
        ["weights", "weights too"],
        ["long"],
        ["long too"],
        ["other"],
        ["none"],
    ]


def test_a_crew_has_no_more_answers_than_memory_and_time_bear():
    asked = generation(models=("a", "b"), samples=8)
    queued = [_job(str(k), asked) for k in range(20)]
    sizes = [len(crew) for crew in crews(queued)]
    assert sum(sizes) == 20 and max(sizes) * 16 == MOST_ROWS
    assert [len(c) for c in crews([_job("a", generation(samples=MOST_ROWS + 1)), _job("b", asked)])] == [1, 1]


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_each_answer_is_the_one_that_its_prompt_has_alone(client, temperature, monkeypatch):
    monkeypatch.setattr(precision, "_seconds", lambda dtype: dtype.itemsize != torch.float32.itemsize)
    assert precision.fastest_dtype() is torch.float32, "which the worker takes from there"
    settings = replace(SOME, temperature=temperature)
    jobs = _crew(client, settings)
    wait_until(lambda: all(j.over for j in jobs), "the end")
    assert [(j.state, j.message, j.beside, j.rows) for j in jobs] == [("done", "", 2, 6)] * 3
    for job, text in zip(jobs, QUESTIONS, strict=True):
        alone = ask(client, ("tiny-chat", "tiny-dialogue"), settings, text=text)
        wait_until(lambda alone=alone: alone.over, "the end alone")
        assert _texts(job) == _texts(alone) and all(_texts(job)) and alone.beside == 0
        assert [p.rendered for p in job.parts.values()] == [p.rendered for p in alone.parts.values()]


def test_one_of_a_crew_is_stopped_and_the_others_go_on(client):
    settings = replace(SOME, max_tokens=300)
    first, stopped, last = _crew(client, settings)
    wait_until(lambda: _writing(stopped), "text")
    client.cancel(stopped)
    kept = _texts(stopped)
    wait_until(lambda: first.over and last.over, "the end of the others")
    assert (first.state, stopped.state, last.state) == ("done", "cancelled", "done")
    assert _texts(stopped) == kept and {a.finish for p in stopped.parts.values() for a in p.answers} == {"cancelled"}
    ends = [a.finish for j in (first, last) for p in j.parts.values() for a in p.answers]
    assert len(ends) == 8 and set(ends) <= {"end", "length"}


def test_a_crew_that_all_have_stopped_makes_room_for_the_next(client):
    jobs = _crew(client, LONG)
    wait_until(lambda: all(map(_writing, jobs)), "text")
    for job in jobs:
        client.cancel(job)
    after = ask(client)
    wait_until(lambda: after.over, "the next job's end")
    assert after.state == "done" and {j.state for j in jobs} == {"cancelled"}


def test_a_prompt_too_long_costs_its_own_answers_only(client):
    first, long, last = _crew(client, replace(SOME, max_tokens=1400), ("Hello", "x" * 900, "Bye"), ("tiny-chat",))
    wait_until(lambda: _writing(first) and _writing(last) and bool(long.parts["tiny-chat"].error), "text and the error")
    assert "tokens long" in long.parts["tiny-chat"].error and not _writing(long)
    for job in (first, last):
        client.cancel(job)
    wait_until(lambda: long.over, "the end")
    assert long.state == "failed" and "tokens long" in long.message


def test_a_killed_worker_costs_the_whole_crew_and_keeps_what_it_had_written(client):
    jobs = _crew(client, LONG)
    waiting = ask(client, settings=SOME)
    wait_until(lambda: all(map(_writing, jobs)), "text")
    os.kill(client.pid, signal.SIGKILL)
    wait_until(lambda: all(j.over for j in jobs), "the failure to be seen")
    assert all(j.state == "failed" and "ended unexpectedly" in j.message and _writing(j) for j in jobs)
    wait_until(lambda: waiting.over, "the waiting job's end")
    assert waiting.state == "done"


def test_the_page_that_closes_stops_its_own_job_alone(client, monkeypatch):
    monkeypatch.setattr(client_module, "CLOSED_AFTER", 0.2)
    before, is_open = ask(client, settings=replace(LONG, top_p=0.5)), [True]
    settings = replace(SOME, max_tokens=300)
    closed = client.submit(generation(settings=settings), tab_open=lambda: is_open[0])
    other = client.submit(generation(settings=settings, text="Bye"))
    client.cancel(before)
    wait_until(lambda: _writing(closed) and _writing(other), "text")
    is_open[0] = False
    wait_until(lambda: other.over, "the other's end")
    assert (closed.state, closed.message, other.state) == ("cancelled", client_module.FORGOTTEN, "done")


def test_all_answers_stand_before_the_first_is_scored_and_a_death_then_costs_one(client):
    compared = (Exchange((Message("user", "Hello"),), "Yes."),)
    before = ask(client, settings=replace(LONG, top_p=0.5))
    steps = [(generation(text=t, settings=SOME), LogLikelihoods("tiny-chat", compared)) for t in QUESTIONS]
    jobs = [client.submit(*each) for each in steps]
    seen: list[tuple[int, bool]] = []
    last_step = client._go_on

    def go_on() -> None:
        last_step()
        seen.extend(
            (client.position(j), all(o.written for o in jobs)) for j in jobs if len(j.begun) == 2 and not j.over
        )

    client._go_on = go_on
    client.cancel(before)
    wait_until(lambda: all(j.over for j in jobs), "the end")
    assert [len(j.logliks) for j in jobs] == [1, 1, 1]
    assert seen and set(seen) == {(0, True)}, "the one that is scored is the first of those left"
