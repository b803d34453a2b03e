"""A model of an endpoint answers in the worker beside local ones, its answers are stored, and its faults said."""

from functools import partial

import pytest

from lib.cases.files import read_cases
from lib.domain import Exchange, Message, Settings
from lib.manifest import run_rows
from lib.models.added import add_model
from lib.models.install import install
from lib.models.registry import chosen_models, read_models
from lib.models.weights import ready, weights_id
from lib.paths import Paths
from lib.runs.commands import precompute, reproduce
from lib.runs.live import live_run, live_steps, to_json
from lib.runs.live_prompt import live_prompt
from lib.scoring.heads import read_heads
from lib.worker.client import Client
from lib.worker.protocol import LogLikelihoods
from tests.makers import finish
from tests.serving import Server

ENTRY = {"id": "far", "label": "Far", "family": "tiny", "stage": "base", "template": "chat", "context_tokens": 2048}
SETTINGS = Settings(max_tokens=8)


@pytest.fixture
def server(tiny, tiny_data, monkeypatch):
    monkeypatch.setenv("TINY_KEY", "secret")
    server = Server(tiny())
    add_model(
        tiny_data.models,
        {**ENTRY, "source": {"kind": "endpoint", "url": server.url, "model": "tiny", "key": "TINY_KEY"}},
    )
    install(read_models(tiny_data.models)[0], print)
    yield from server.serve()


@pytest.fixture
def client(server):
    client = Client()
    yield client
    client.close()


def test_an_endpoint_answers_beside_a_local_model_and_the_run_says_where(client, server, tiny_data, tmp_path):
    prompt = live_prompt("What is tea?", "en")
    steps = live_steps(prompt, ["far", "tiny-chat"], 2, SETTINGS)
    job = finish(client, client.submit(*steps[:1]))
    assert job.state == "done" and job.message == ""
    models = {m.id: m for m in read_models(tiny_data.models)}
    live = live_run(job, prompt, models, {m: weights_id(models[m]) for m in models}, None, read_heads(tiny_data.heads))
    texts = {m: [r.text for r in live.responses if r.model_id == m] for m in ("far", "tiny-chat")}
    assert all(texts["far"]) and all(texts["tiny-chat"])
    far = live.runs[0]
    assert far.model_sha256 == f"tiny at 127.0.0.1:{server.port}" and far.dtype == "not stated"
    assert far.machine == f"the server at 127.0.0.1:{server.port}" and set(far.packages) == {"openai", "python"}
    file = tmp_path / "run.json"
    file.write_text(to_json(live))
    said: list[str] = []
    assert reproduce(tiny_data, str(file), (), said.append), said


def test_a_server_that_fails_costs_its_own_answers_only(client, server):
    server.faults = ["down"]
    job = finish(
        client, client.submit(live_steps(live_prompt("What is tea?", "en"), ["far", "tiny-chat"], 1, SETTINGS)[0])
    )
    assert job.state == "done" and "refused (status 500)" in job.message
    assert job.parts["far"].error and job.parts["tiny-chat"].answers[0].finish
    server.faults = ["long"]
    prompt = live_prompt("What is tea?", "en")
    job = finish(client, client.submit(live_steps(prompt, ["far"], 1, SETTINGS)[0]))
    assert job.parts["far"].answers[0].error and job.parts["far"].answers[0].finish == "error"


def test_likelihoods_come_through_the_worker(client):
    exchanges = tuple(Exchange((Message("user", "Hello"),), t) for t in ("Yes.", "No, never."))
    jobs = [finish(client, client.submit(LogLikelihoods(m, exchanges))) for m in ("far", "tiny-chat")]
    far, near = ([v.logprob for v in j.logliks] for j in jobs)
    assert far == pytest.approx(near, abs=0.05)


def test_without_its_key_an_endpoint_is_not_ready(server, tiny_data, monkeypatch):
    (model,) = chosen_models(tiny_data.models, ["far"])
    assert ready(model)
    monkeypatch.delenv("TINY_KEY")
    assert not ready(model)


@pytest.mark.parametrize("likelihoods", [True, False])
def test_stored_answers_are_made_of_an_endpoint_and_likelihoods_where_it_gives_them(
    server, tiny_data: Paths, likelihoods
):
    server.likelihoods = likelihoods
    said: list[str] = []
    models, cases = chosen_models(tiny_data.models, ["far"]), read_cases(tiny_data.cases)
    make = partial(precompute, tiny_data, models, cases, 1, SETTINGS, None, said.append)
    make()
    (run,) = [p.stem for p in tiny_data.runs.glob("far.*.json") if ".ll-" not in p.name]
    rows = run_rows(tiny_data, run, "responses").to_pylist()
    assert len(rows) == len(cases[0].prompts) and all(r["finish"] in ("end", "length") for r in rows)
    assert bool(list(tiny_data.loglik.glob("far.*"))) == likelihoods
    assert any("Not available" in line for line in said) != likelihoods
    asked = len(server.asked)
    make()
    assert len(server.asked) - asked <= 1, "what is stored isn't asked again"


def test_a_prompt_that_a_server_refuses_is_stored_with_the_reason(server, tiny_data):
    server.faults = ["long"]
    said: list[str] = []
    models = chosen_models(tiny_data.models, ["far"])
    precompute(tiny_data, models, read_cases(tiny_data.cases), 1, SETTINGS, None, said.append)
    (run,) = [p.stem for p in tiny_data.runs.glob("far.*.json") if ".ll-" not in p.name]
    failed = [r for r in run_rows(tiny_data, run, "responses").to_pylist() if r["finish"] == "error"]
    assert len(failed) == 1 and failed[0]["text"] is None and "maximum context length" in failed[0]["error"]
