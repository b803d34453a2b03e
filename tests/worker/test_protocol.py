"""Requests and events: what one side writes is what the other reads."""

import math

import pytest

from lib.domain import Encoding, Exchange, LogLik, Message, Settings, StatementQuestion
from lib.worker.protocol import (
    Cancel,
    Compared,
    Done,
    Encoded,
    Event,
    Failed,
    Generation,
    Grown,
    Judge,
    Judged,
    Loading,
    LogLikelihoods,
    Read,
    Rendered,
    Request,
    line,
    read_event,
    read_request,
)

ASKED = (Message("system", "Be brief.\nVery."), Message("user", "चाय क्या है?"))
REPLY = Exchange(ASKED, "Tea.\u2028")


@pytest.mark.parametrize(
    "operation",
    [
        Generation(("a", "b"), ASKED, "live/x", 2, Settings(seed=3), "dialogue"),
        Generation(("a",), ASKED, "live/x", 1, Settings(), weights={"b": 0.1, "c": 1.0}),
        LogLikelihoods("a", (REPLY,), {"b": 0.5}),
        Read((REPLY, REPLY)),
        Judge((StatementQuestion("May I?", "Yes.\u2028", "says yes"),)),
        Cancel(),
    ],
)
def test_a_request_comes_through_as_it_was(operation):
    text = line(Request("x", operation))
    assert text.count("\n") == 1 and read_request(text) == Request("x", operation)


@pytest.mark.parametrize(
    "told",
    [
        Loading("a"),
        Rendered("a", "User: Hi", "chat", "bfloat16", 3),
        Grown("a", 1, "\n", "end", 7),
        Grown("a", 0, "x", None, 1),
        Compared((LogLik(-0.1, 1, 2),)),
        Encoded((Encoding((0.1, -2.0), 1.5),)),
        Judged(((0.5, -1.25),)),
        Failed("a", "No."),
        Done(),
    ],
)
def test_an_event_comes_through_as_it_was(told):
    text = line(Event("x", told))
    assert text.count("\n") == 1 and read_event(text) == Event("x", told)


def test_a_tone_that_is_no_number_comes_through():
    told = read_event(line(Event("x", Encoded((Encoding((0.1,), math.nan),))))).told
    assert isinstance(told, Encoded) and math.isnan(told.encodings[0].tone)
