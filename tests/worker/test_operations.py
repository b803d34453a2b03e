"""What the worker refuses before it begins."""

import threading
from dataclasses import replace

import pytest

from lib.domain import Message, Settings, TrilemmaError
from lib.worker.operations import MAX_PROMPT_TOKENS, _rendered
from lib.worker.protocol import Generation, Told
from lib.worker.resident import Call


def test_a_live_prompt_is_limited_by_the_tokens_of_each_model(tiny):
    engine, told = tiny(), list[Told]()
    engine.model = replace(engine.model, context_tokens=100_000)
    call = Call(told.append, threading.Event())

    def ask(text: str) -> None:
        messages = (Message("user", text),)
        _rendered(Generation(("tiny",), messages, "live/x", 1, Settings(max_tokens=6)), engine, call)

    ask("a" * 2_000)
    with pytest.raises(TrilemmaError, match=rf"at most {MAX_PROMPT_TOKENS:,} fit"):
        ask("a" + "\u0301" * 2_000)  # one letter and its accents: few characters, two tokens each
    assert [t.kind for t in told] == ["rendered"]
