"""Stored runs made again: what agrees, what differs; the shipped log-likelihoods are those of the models here."""

from dataclasses import replace
from itertools import islice

import pytest

from lib.dataset import read_runs
from lib.domain import Settings, TrilemmaError
from lib.inference.loading import load
from lib.models.install import install
from lib.models.registry import read_models
from lib.models.weights import weights_dir, weights_id
from lib.paths import ROOT, Paths
from lib.runs.precompute import Source, precompute
from lib.runs.reproduce import remade, reread, stored_answers, stored_run
from tests.makers import shipped_cases, the_case


@pytest.fixture
def ready(tiny_data):
    """The tiny model with two stored answers to each prompt."""
    model = read_models(tiny_data.models)[0]
    install(model, print)
    loaded, weights = load(model), weights_id(model)
    source = Source(model, model.template, weights, lambda: loaded)
    precompute(tiny_data, source, [the_case(tiny_data)], 2, Settings(max_tokens=12))
    return tiny_data, source


def _run(paths: Paths, kind: str):
    return next(r for r in read_runs(paths.runs) if r.kind == kind)


def test_a_run_made_again_is_the_same(ready):
    paths, source = ready
    run = _run(paths, "generation")
    found = list(remade(stored_run(paths, run.id), stored_answers(paths, run), source.loaded, source.weights_sha))
    assert len(found) == 2 * len(the_case(paths).prompts) and all(r.same and r.shared == 1 for r in found)


def test_a_text_that_differs_says_by_how_much(ready):
    paths, source = ready
    run = _run(paths, "generation")
    edited = [replace(r, text="quite another") for r in stored_answers(paths, run)]
    found = list(remade(run, edited, source.loaded, source.weights_sha))
    assert not any(r.same for r in found) and max(r.shared for r in found) < 1


def test_one_batch_of_a_run_can_be_made_again(ready, monkeypatch):
    paths, source = ready
    monkeypatch.setattr("lib.runs.precompute.MAX_BATCH", 2)
    precompute(paths, source, [the_case(paths)], 4, Settings(max_tokens=12))
    run = _run(paths, "generation")
    answers = stored_answers(paths, run)
    batches = list(dict.fromkeys(r.batch for r in answers))
    assert sorted(sum(r.batch == b for r in answers) for b in batches) == [2, 2, 4]
    assert all(
        [r.row for r in answers if r.batch == b] == list(range(n))
        for b in batches
        for n in [sum(r.batch == b for r in answers)]
    )
    picked = stored_answers(paths, run, batches[:1])
    assert {r.batch for r in picked} == {batches[0]}
    assert all(r.same for r in remade(run, picked, source.loaded, source.weights_sha))
    with pytest.raises(TrilemmaError, match="has no batch gone"):
        stored_answers(paths, run, ["gone"])


def test_other_weights_reproduce_nothing(ready):
    paths, source = ready
    with pytest.raises(TrilemmaError, match="not those of the run"):
        list(remade(_run(paths, "generation"), [], source.loaded, "other"))
    with pytest.raises(TrilemmaError, match="not those of the run"):
        list(reread(paths, _run(paths, "log-likelihood"), {}, source.loaded, "other"))


def test_a_run_that_is_not_stored_is_named(ready):
    with pytest.raises(TrilemmaError, match="There is no file 'gone'"):
        stored_run(ready[0], "gone")


def test_log_likelihoods_are_read_again_but_for_replies_edited_since(ready):
    paths, source = ready
    case = the_case(paths)
    found = list(reread(paths, _run(paths, "log-likelihood"), {case.id: case}, source.loaded, source.weights_sha))
    assert found and max(r.off for r in found) < 1e-3
    reply = case.replies[0]
    edited = replace(
        case, replies=(replace(reply, wordings=("Said otherwise now.", *reply.wordings[1:])), *case.replies[1:])
    )
    assert {(r.row.reply_id, r.row.wording) for r in found} - {
        (r.row.reply_id, r.row.wording)
        for r in reread(paths, _run(paths, "log-likelihood"), {case.id: edited}, source.loaded, source.weights_sha)
    } == {(reply.id, 0)}


SHIPPED = Paths(ROOT / "data", ROOT / "casestudies")
WITH_LOGLIKS = sorted({r.model_id for r in read_runs(SHIPPED.runs) if r.kind == "log-likelihood"})


@pytest.mark.weights
@pytest.mark.parametrize("model_id", WITH_LOGLIKS)
def test_stored_log_likelihoods_come_out_again_within_two_per_cent(model_id):
    """Batches of replies as they read now, eight of each: the stored figures are those of the pinned weights."""
    model = next(m for m in read_models(SHIPPED.models) if m.id == model_id)
    if weights_dir(model) is None:
        pytest.skip(f"{model_id} is not installed")
    loaded, cases, found = load(model), {c.id: c for c in shipped_cases()}, []
    for run in (r for r in read_runs(SHIPPED.runs) if (r.model_id, r.kind) == (model_id, "log-likelihood")):
        engine = loaded.with_template(run.template)
        found += islice(reread(SHIPPED, run, cases, engine, weights_id(model), most=8), 24 - len(found))
    assert len(found) >= 16 and max(r.off for r in found) < 0.02
