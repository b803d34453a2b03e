"""Models behind OpenAI-compatible servers: a small one over the tiny model, and real ones where they are here."""

import itertools
import threading
import time
from dataclasses import replace

import pytest

from lib.domain import (
    Continuation,
    EndpointSource,
    GenerateRow,
    LikelihoodUnavailable,
    Message,
    Piece,
    Settings,
    TrilemmaError,
)
from lib.inference.endpoint import Endpoint
from lib.inference.templates import TEMPLATES
from lib.models.served import ServedModel, served_models
from tests.makers import TINY
from tests.serving import Server, free_port

HELLO = (Message("system", "Be brief."), Message("user", "Hello there"))
SETTINGS = Settings(max_tokens=12)
REPLIES = ("Yes, with care.", "No.")


@pytest.fixture
def server(tiny, monkeypatch):
    monkeypatch.setenv("TINY_KEY", "secret")
    yield from Server(tiny()).serve()


def _endpoint(server: Server, template: str = "chat", **changes) -> Endpoint:
    source = replace(EndpointSource(server.url, "tiny", "TINY_KEY"), **changes)
    return Endpoint(replace(TINY, source=source), TEMPLATES[template])


def _texts(pieces: list[Piece], rows: int) -> list[str]:
    return ["".join(p.text for p in pieces if p.row == row) for row in range(rows)]


def _asked(endpoint: Endpoint, rows: int = 1, settings: Settings = SETTINGS) -> list[Piece]:
    text = endpoint.render(HELLO)
    return list(endpoint.generate([GenerateRow(text, k) for k in range(rows)], settings))


@pytest.mark.parametrize("template", ["chat", "dialogue"])
def test_a_server_gives_the_answer_that_the_same_weights_give_here(server, template):
    endpoint = _endpoint(server, template)
    pieces = _asked(endpoint, rows=3)
    here = server.engine.with_template(template)
    rendered = here.render(HELLO).removeprefix("<start>" if template == "dialogue" else "")
    expected = list(here.generate([GenerateRow(rendered, k) for k in range(3)], SETTINGS))
    ends = {p.row: p for p in pieces if p.finish}
    if template == "chat":
        assert _texts(pieces, 3) == _texts(expected, 3)
        assert [ends[k].tokens for k in range(3)] == [max(p.tokens for p in expected if p.row == k) for k in range(3)]
    assert len(pieces) > 6 and {p.finish for p in ends.values()} <= {"end", "length"}
    assert sorted(b["seed"] for b in server.asked) == [0, 1, 2] and server.asked[0]["max_tokens"] == 12
    assert ("messages" in server.asked[0]) == (template == "chat")


@pytest.mark.parametrize("template", ["chat", "dialogue"])
def test_likelihoods_of_replies_are_those_of_the_same_weights_here(server, template):
    endpoint, here = _endpoint(server, template), server.engine.with_template(template)
    contexts = (HELLO, (Message("user", "Please go on."),))
    pairs = list(itertools.product(contexts, REPLIES))
    found = endpoint.loglik([Continuation(endpoint.render(c), r) for c, r in pairs])
    own = [here.render(c).removeprefix("<start>" if template == "dialogue" else "") for c, _ in pairs]
    for mine, theirs in zip(
        found, here.loglik([Continuation(c, r) for c, (_, r) in zip(own, pairs, strict=True)]), strict=True
    ):
        assert mine.logprob == pytest.approx(theirs.logprob, abs=1e-3)
        assert (mine.tokens, mine.characters) == (theirs.tokens, theirs.characters)


@pytest.mark.parametrize("template", ["chat", "dialogue"])
def test_a_server_without_prompt_logprobs_is_said_to_have_none(server, template):
    server.likelihoods = False
    endpoint = _endpoint(server, template)
    with pytest.raises(
        LikelihoodUnavailable, match=r"Not available: the server at 127\.0\.0\.1:\d+ gives no log-probabilities"
    ):
        endpoint.loglik([Continuation(endpoint.render(HELLO), r) for r in REPLIES])
    assert len(server.asked) == 1, "a server that has none is asked once"


def test_no_more_requests_run_at_once_than_the_entry_says(server):
    assert sum(bool(p.finish) for p in _asked(_endpoint(server, concurrency=2), rows=6)) == 6
    assert server.at_once == 2


def test_a_row_that_is_stopped_ends_and_the_others_are_answered(server):
    endpoint, stops = _endpoint(server, concurrency=1), [threading.Event() for _ in range(3)]
    stops[2].set()
    text, pieces = endpoint.render(HELLO), list[Piece]()
    for piece in endpoint.generate([GenerateRow(text, k, cancelled=s) for k, s in enumerate(stops)], SETTINGS):
        pieces.append(piece)
        stops[0].set()
    assert {p.row: p.finish for p in pieces if p.finish} == {0: "cancelled", 1: "length", 2: "cancelled"}
    assert _texts(pieces, 3)[1] == _texts(_asked(endpoint, rows=2), 2)[1] and len(server.asked) == 4


def test_a_busy_server_is_asked_again(server):
    server.faults = ["busy", "busy"]
    assert _asked(_endpoint(server))[-1].finish and len(server.asked) == 3


@pytest.mark.parametrize("name", ["stream_options", "max_tokens"])
def test_what_a_server_does_not_know_is_asked_differently(server, name):
    server.faults = [f"no {name}"]
    assert _asked(_endpoint(server))[-1].finish and name not in server.asked[-1]
    assert server.asked[-1].get("max_completion_tokens" if name == "max_tokens" else "max_tokens") == 12


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("long", "refused .status 400.: .*maximum context length is 8 tokens"),
        ("filtered", "ended the answer: content_filter"),
        ("thinking", "All tokens went into the model's reasoning"),
    ],
)
def test_a_row_that_fails_alone_says_why_and_the_next_goes_on(server, fault, says):
    server.faults = [fault]
    pieces = _asked(_endpoint(server, concurrency=1), rows=2)
    (failed,) = [p for p in pieces if p.row == 0 and p.finish]
    assert failed.finish == "error" and failed.error
    import re

    assert re.search(says, failed.error)
    assert any(p.row == 1 and p.finish in ("end", "length") for p in pieces)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("down", "refused .status 500.: .*Out of order"),
        ("unknown", "does not know 'tiny'"),
        ("broken", "broke off before the answer had ended"),
    ],
)
def test_what_would_fail_again_ends_the_batch_with_a_reason(server, fault, says):
    server.faults = [fault]
    with pytest.raises(TrilemmaError, match=says):
        _asked(_endpoint(server))


def test_a_key_that_is_missing_or_wrong_is_named_and_never_shown(server, monkeypatch):
    monkeypatch.setenv("TINY_KEY", "wrong-and-private")
    with pytest.raises(TrilemmaError, match="does not accept the key in TINY_KEY") as caught:
        _asked(_endpoint(server))
    assert "private" not in str(caught.value)
    monkeypatch.delenv("TINY_KEY")
    with pytest.raises(TrilemmaError, match="Nothing was sent: the environment variable TINY_KEY"):
        _asked(_endpoint(server))


def test_a_server_that_is_silent_is_left_at_once_when_the_visitor_stops(server):
    server.faults = ["silent"]
    endpoint = _endpoint(server)
    threading.Timer(0.3, endpoint.cancelled.set).start()
    began = time.monotonic()
    assert [p.finish for p in _asked(endpoint, rows=2)][-1] == "cancelled"
    assert time.monotonic() - began < 10


def test_a_server_that_says_nothing_for_too_long_is_said_to(server, monkeypatch):
    monkeypatch.setattr("lib.models.served.RETRIES", 0)
    server.faults = ["silent"]
    with pytest.raises(TrilemmaError, match=r"said nothing for too long|broke off"):
        _asked(_endpoint(server, timeout=1))


def test_a_server_that_is_not_there_is_said_not_to_be(monkeypatch):
    gone = replace(TINY, source=EndpointSource(f"http://127.0.0.1:{free_port()}/v1", "x", timeout=1))
    monkeypatch.setattr(
        "lib.inference.endpoint.client",
        lambda s: __import__("openai").OpenAI(base_url=s.url, api_key="x", max_retries=0),
    )
    with pytest.raises(TrilemmaError, match=r"cannot be reached\. Is it running"):
        _asked(Endpoint(gone, TEMPLATES["chat"]))
    with pytest.raises(TrilemmaError, match="cannot be reached"):
        served_models(gone.source)  # ty: ignore[invalid-argument-type]


def test_a_server_lists_its_models_with_the_tokens_that_fit(server):
    assert served_models(EndpointSource(server.url, "x", "TINY_KEY")) == [ServedModel("tiny", 2048)]
