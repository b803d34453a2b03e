"""Adapters and their mixes in the worker."""

import pytest

from lib.domain import Continuation, Exchange, Message, Settings
from lib.worker.protocol import Generation, LogLikelihoods
from tests.makers import over

pytest.importorskip("trl")

ASKED = (Message("user", "Question 3?"),)
GREEDY = Settings(temperature=0, max_tokens=12)


def test_base_and_adapter_answer_one_live_prompt(worker):
    job = over(worker, worker.submit(Generation(("tiny-dialogue", "tiny-sft"), ASKED, "live/x", 2, GREEDY)))
    assert (job.state, job.message) == ("done", "")
    base, tuned = (job.parts[m].answers for m in ("tiny-dialogue", "tiny-sft"))
    assert base[0].text == base[1].text != tuned[0].text == tuned[1].text
    assert all(a.finish for a in (*base, *tuned))


def _mix(weights: dict[str, float]) -> Generation:
    return Generation(("tiny-sft",), ASKED, "case/x", 1, GREEDY, weights=weights)


def test_a_mix_answers_and_compares_replies_as_its_weights_say(worker, family):
    compared = (
        Exchange(ASKED, "Yes, with care."),
        Exchange(ASKED, "No."),
        Exchange((Message("user", "Go on."),), "No."),
    )
    found = {}
    for weight in (1.0, 0.0):
        job = over(
            worker,
            worker.submit(_mix({"tiny-honest": weight}), LogLikelihoods("tiny-sft", compared, {"tiny-honest": weight})),
        )
        assert (job.state, job.message) == ("done", "")
        found[weight] = job
    for weight, name in ((1.0, "tiny-dpo"), (0.0, "tiny-sft")):
        engine = family[name]
        wanted = engine.loglik([Continuation(engine.render(e.messages), e.text) for e in compared])
        assert [x.logprob for x in found[weight].logliks] == pytest.approx(
            [x.logprob for x in wanted], rel=0.02
        )  # the worker reads in bf16
        assert [x[1:] for x in found[weight].logliks] == [x[1:] for x in wanted]
    assert found[1.0].logliks != found[0.0].logliks


def test_a_mix_of_what_is_not_here_is_told(worker):
    job = over(worker, worker.submit(_mix({"tiny-gone": 1.0})))
    assert job.state == "failed" and "The mix cannot be made" in job.message
