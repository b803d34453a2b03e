"""Stored runs made again from their files: what agrees, what differs, and that the shipped likelihoods are those of the models here."""

from dataclasses import replace

import pytest

from lib.cases.files import read_cases
from lib.dataset import read_runs
from lib.domain import Settings, TrilemmaError
from lib.inference.loading import load
from lib.models.install import install
from lib.models.registry import read_models
from lib.models.weights import weights_dir, weights_id
from lib.paths import ROOT, Paths
from lib.runs.precompute import precompute
from lib.runs.reproduce import remade, reread, stored_answers, stored_run
from tests.makers import the_case


@pytest.fixture
def ready(tiny_data):
    """The tiny model with two stored answers to each prompt."""
    model = read_models(tiny_data.models)[0]
    install(model, print)
    loaded, weights = load(model), weights_id(model)
    precompute(tiny_data, loaded, weights, [the_case(tiny_data)], 2, Settings(max_tokens=12))
    return tiny_data, loaded, weights


def _run(paths: Paths, kind: str):
    return next(r for r in read_runs(paths.runs) if r.kind == kind)


def test_a_run_made_again_is_the_same(ready):
    paths, loaded, weights = ready
    run = _run(paths, "generation")
    found = remade(stored_run(paths, run.id), stored_answers(paths, run), loaded, weights)
    assert len(found) == 2 * len(the_case(paths).prompts) and all(r.same and r.shared == 1 for r in found)


def test_a_text_that_differs_says_by_how_much(ready):
    paths, loaded, weights = ready
    run = _run(paths, "generation")
    edited = [replace(r, text="quite another") for r in stored_answers(paths, run)]
    assert (
        not any(r.same for r in remade(run, edited, loaded, weights))
        and max(r.shared for r in remade(run, edited, loaded, weights)) < 1
    )


def test_other_weights_reproduce_nothing(ready):
    paths, loaded, _ = ready
    with pytest.raises(TrilemmaError, match="not those of the run"):
        remade(_run(paths, "generation"), [], loaded, "other")
    with pytest.raises(TrilemmaError, match="not those of the run"):
        reread(paths, _run(paths, "log-likelihood"), {}, loaded, "other")


def test_a_run_that_is_not_stored_is_named(ready):
    with pytest.raises(TrilemmaError, match="No run 'gone'"):
        stored_run(ready[0], "gone")


def test_log_likelihoods_are_read_again_but_for_replies_edited_since(ready):
    paths, loaded, weights = ready
    case = the_case(paths)
    found = reread(paths, _run(paths, "log-likelihood"), {case.id: case}, loaded, weights)
    assert found and max(r.off for r in found) < 1e-3
    reply = case.replies[0]
    edited = replace(
        case, replies=(replace(reply, wordings=("Said otherwise now.", *reply.wordings[1:])), *case.replies[1:])
    )
    assert {(r.row.reply_id, r.row.wording) for r in found} - {
        (r.row.reply_id, r.row.wording)
        for r in reread(paths, _run(paths, "log-likelihood"), {case.id: edited}, loaded, weights)
    } == {(reply.id, 0)}


SHIPPED = Paths(ROOT / "data", ROOT / "casestudies")
WEIGHED = sorted({path.name.split(".ll-")[0].rsplit(".", 1)[0] for path in SHIPPED.loglik.glob("*.parquet")})


@pytest.mark.weights
@pytest.mark.parametrize("model_id", WEIGHED)
def test_stored_log_likelihoods_come_out_again_within_two_per_cent(model_id):
    """Three runs a model, eight replies each: the stored figures are those of the pinned weights."""
    model = next(m for m in read_models(SHIPPED.models) if m.id == model_id)
    if weights_dir(model) is None:
        pytest.skip(f"{model_id} is not installed")
    runs = [r for r in read_runs(SHIPPED.runs) if (r.model_id, r.kind) == (model_id, "log-likelihood")]
    loaded, cases = load(model), {c.id: c for c in read_cases(SHIPPED.cases)}
    found = [
        r
        for run in runs[:: max(1, len(runs) // 3)][:3]
        for r in reread(SHIPPED, run, cases, loaded.with_template(run.template), weights_id(model), most=8)
    ]
    assert found and max(r.off for r in found) < 0.02
