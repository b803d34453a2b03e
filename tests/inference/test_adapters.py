"""Adapters in use: they switch and mix within a batch, and in the worker."""

from dataclasses import replace

import pytest
import torch
from peft.tuners.lora import LoraLayer

from lib.domain import Continuation, Exchange, GenerateRow, Message, Settings, TrilemmaError
from lib.inference.engine import Engine
from lib.inference.loading import load_family, mixed
from lib.models.install import install
from lib.models.weights import ADAPTER_WEIGHTS, verify, weights_dir, weights_id
from lib.store.build import build
from lib.store.library import open_library
from lib.worker.protocol import Generation, LogLikelihoods
from tests.makers import RUN, finish, response, store_answers, the_case

pytest.importorskip("trl")


WORDS = [Continuation("User: Question 3?\nAssistant:", text) for text in ("Yes, with care.", "No.")]


def test_adapters_change_what_the_model_says_and_leave_the_base_alone(tiny, family):
    bare = tiny().loglik(WORDS)
    assert [x.logprob for x in family["tiny"].loglik(WORDS)] == pytest.approx([x.logprob for x in bare], abs=1e-4)
    sft, dpo = (family[n].loglik(WORDS) for n in ("tiny-sft", "tiny-dpo"))
    assert sft[0].logprob > bare[0].logprob + 1
    assert dpo[0].logprob - dpo[1].logprob > sft[0].logprob - sft[1].logprob + 0.5


def test_rows_of_one_batch_are_read_by_different_adapters(family):
    def alone(name: str) -> str:
        return "".join(
            p.text
            for p in family[name].generate(
                [GenerateRow("User: Question 3?\nAssistant:", 1)], Settings(temperature=0, max_tokens=12)
            )
        )

    rows = [GenerateRow("User: Question 3?\nAssistant:", 1, family[n].shares) for n in family]
    texts = [""] * len(rows)
    for piece in family["tiny"].generate(rows, Settings(temperature=0, max_tokens=12)):
        texts[piece.row] += piece.text
    assert texts == [alone(n) for n in family] and len(set(texts)) > 1
    assert family["tiny"].shares == (0.0, 0.0)


@pytest.mark.parametrize(("weight", "same"), [(1.0, "tiny-dpo"), (0.0, "tiny-sft")])
def test_a_mix_at_its_ends_is_the_adapter_or_its_start(family, weight, same):
    mix = mixed(family, "tiny-sft", {"tiny-dpo": weight})
    assert [x.logprob for x in mix.loglik(WORDS)] == pytest.approx(
        [x.logprob for x in family[same].loglik(WORDS)], abs=1e-3
    )


def test_a_mix_is_linear_in_the_weights_where_they_sum_to_more_than_one(family):
    assert mixed(family, "tiny-sft", {"tiny-dpo": 3.0}).shares == (-2.0, 3.0)
    layer = next(m for m in family["tiny"].network.modules() if isinstance(m, LoraLayer))
    row = torch.randn(1, 1, layer.in_features)

    def delta(engine: Engine) -> torch.Tensor:
        engine._share([None])
        return layer(row) - layer.base_layer(row)

    parts = [delta(family[n]) for n in ("tiny-sft", "tiny-dpo")]
    assert torch.allclose(delta(mixed(family, "tiny-sft", {"tiny-dpo": 3.0})), 3 * parts[1] - 2 * parts[0], atol=1e-4)
    assert parts[1].abs().max() > 1e-3


def test_a_mix_half_way_is_neither(family):
    half = mixed(family, "tiny-sft", {"tiny-dpo": 0.5}).loglik(WORDS)[0].logprob
    ends = sorted(family[n].loglik(WORDS)[0].logprob for n in ("tiny-sft", "tiny-dpo"))
    assert abs(half - ends[0]) > 1e-3 and abs(half - ends[1]) > 1e-3


# ---- the worker -------------------------------------------------------------------------------


def test_an_adapter_is_here_when_its_base_is(with_adapter):
    adapter = with_adapter["tiny-sft"]
    assert weights_dir(adapter) is None and weights_id(adapter) == ""
    install(adapter, print)
    assert weights_dir(adapter) is not None and weights_id(adapter) == adapter.source.sha256 and verify(adapter) == []
    (weights_dir(adapter) / ADAPTER_WEIGHTS).write_bytes(b"other")
    assert "has changed" in verify(adapter)[0]


def test_an_adapter_trained_again_is_refused_and_its_older_answers_stay_out(with_adapter, tiny_data, tiny):
    adapter = with_adapter["tiny-sft"]
    with pytest.raises(TrilemmaError, match=f'sha256 = "{adapter.source.sha256}"'):
        load_family(
            tiny(),
            [replace(adapter, source=replace(adapter.source, sha256="0" * 64))],
            lambda m: tiny_data.adapters / m.id,
        )
    for sha, stored in (("0" * 64, 0), (adapter.source.sha256, 1)):
        run = replace(RUN, id=f"tiny-sft.broken-vase.{sha}", model_id="tiny-sft", model_sha256=sha)
        store_answers(tiny_data, [response(the_case(tiny_data))], run)
        assert open_library(build(tiny_data)).counts().responses == stored


ASKED = (Message("user", "Question 3?"),)
GREEDY = Settings(temperature=0, max_tokens=12)


def test_base_and_adapter_answer_one_live_prompt(worker):
    job = finish(worker, worker.submit(Generation(("tiny-dialogue", "tiny-sft"), ASKED, "live/x", 2, GREEDY)))
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
        job = finish(
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
    job = finish(worker, worker.submit(_mix({"tiny-gone": 1.0})))
    assert job.state == "failed" and "the adapter is missing" in job.message
