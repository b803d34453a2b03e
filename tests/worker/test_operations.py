"""What the worker refuses before it begins, and what it mixes."""

import threading
from dataclasses import replace

import pytest

from lib.domain import Continuation, Message, Settings, TrilemmaError
from lib.models.install import install
from lib.worker.operations import MAX_PROMPT_TOKENS, _rendered
from lib.worker.protocol import Failed, Generation, Told
from lib.worker.resident import Call, Resident


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


def test_adapters_are_mixed_over_their_base_where_they_started_from_it(with_two_sets):
    install(with_two_sets["tiny-chat"], lambda line: None)
    resident, told = Resident(), list[Told]()
    call = Call(told.append, threading.Event())

    def likelihood(model: str, **weights: float) -> float:
        named = {name.replace("_", "-"): w for name, w in weights.items()}
        (engine,) = resident.engines([model], call, weights=named)
        return engine.loglik([Continuation(engine.render((Message("user", "Hello"),)), "Yes, with care.")])[0].logprob

    base = likelihood("tiny-chat")  # loaded alone first
    mixed = likelihood("tiny-chat", chat_honest=1.0, chat_helpful=0.0)
    assert mixed == pytest.approx(likelihood("chat-honest"), abs=1e-3) and mixed != pytest.approx(base, abs=0.1)
    assert likelihood("tiny-chat", chat_honest=0.0) == pytest.approx(base, abs=1e-3)
    assert not [t for t in told if isinstance(t, Failed)]


def test_a_mix_names_the_adapter_that_is_missing(with_two_sets, tiny_data):
    install(with_two_sets["tiny-chat"], lambda line: None)
    (tiny_data.adapters / "chat-honest" / "adapter_model.safetensors").unlink()
    told = list[Told]()
    assert not Resident().engines(["tiny-chat"], Call(told.append, threading.Event()), weights={"chat-honest": 1.0})
    assert [t.message for t in told if isinstance(t, Failed)] == [
        "chat-honest: not on this machine, the adapter is missing."
    ]
