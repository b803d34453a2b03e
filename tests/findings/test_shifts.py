"""Seeds of one tuning count together, also where they have unequal numbers of answers, or no likelihoods."""

from dataclasses import replace

import numpy as np
import pytest

from lib.cases.replies import replies_in_context
from lib.domain import CaseStudy, ReplyLogLikelihood
from lib.findings.answers import Library, library
from lib.findings.make import case_values, levels_of
from lib.findings.records import Comparison
from lib.findings.shifts import case_shifts, slope_changes
from lib.store.build import build, opened
from tests.findings.conftest import BASE, TUNED

SEEDS = Comparison(before=BASE, after=(TUNED, "again"), stage="base")


@pytest.fixture
def two_seeds(compared) -> Library:
    """The second seed answers each prompt twice, the first five times."""
    found = library(opened(compared, build(compared)), [BASE, TUNED], "")
    twice = {case: {p: seen[:2] for p, seen in prompts.items()} for case, prompts in found.models[TUNED].items()}
    return found._replace(models={**found.models, "again": twice})


def _logliks(found: Library, model: str, step: float, count: int = 1) -> dict[str, list[ReplyLogLikelihood]]:
    """Of the first cases: after its prompts, each reply is `step` nats a character likelier than the one before it."""
    return {case.id: _of_case(case, model, step) for case in found.cases[:count]}


def _of_case(case: CaseStudy, model: str, step: float) -> list[ReplyLogLikelihood]:
    order = [r.id for r in case.replies]
    asked = {p.id for p in case.prompts}
    return [
        ReplyLogLikelihood(
            "run",
            model,
            case.id,
            r.reply_id,
            r.wording,
            r.context.id,
            len(r.text) * (step * order.index(r.reply_id) if r.context.id in asked else -1.0),
            len(r.text),
            len(r.text),
        )
        for r in replies_in_context(case)
    ]


def test_seeds_of_unequal_size_count_alike(two_seeds):
    (shift, *_) = case_shifts(two_seeds, SEEDS, np.ones(3), {}, draws=40)
    assert (shift.before, shift.after) == (10, 14)
    honest = shift.sides["honest"]
    assert honest.shift and honest.shift.value == 1 and honest.seeds == (1, 1)
    assert honest.slope is None and not honest.slopes


def test_a_level_over_seeds_is_their_mean_and_its_interval_is_about_other_seeds_too(two_seeds):
    found = two_seeds._replace(models={**two_seeds.models, "again": two_seeds.models[BASE]})
    levels = {(x.measure, x.model): x for x in levels_of(found, case_values(found), [(BASE,), SEEDS.after])}
    honest = levels["honest", TUNED]
    assert honest.seeds == (1, 0) and honest.answers == 120 and levels["honest", BASE].seeds == ()
    assert (honest.mean.low, honest.mean.value, honest.mean.high) == (0, 0.5, 1)


def test_the_slope_is_that_of_the_seeds_that_have_likelihoods(two_seeds):
    flat, steep = (_logliks(two_seeds, BASE, 0.0), _logliks(two_seeds, TUNED, 1.0))
    one = SEEDS.model_copy(update={"after": (TUNED,)})
    (alone, *others) = case_shifts(two_seeds, one, np.ones(3), {BASE: flat, TUNED: steep}, draws=40)
    (first, *_) = case_shifts(two_seeds, SEEDS, np.ones(3), {BASE: flat, TUNED: steep}, draws=40)
    (both, *_) = case_shifts(two_seeds, SEEDS, np.ones(3), {BASE: flat, TUNED: steep, "again": flat}, draws=40)
    slopes = [s.sides["honest"].slope for s in (alone, first, both)]
    assert slopes[0] and slopes[1] == slopes[0] and slopes[2] == pytest.approx(slopes[0] / 2)
    assert all(s.sides["honest"].slope is None for s in others)


def test_a_prompt_that_was_asked_more_often_of_one_model_makes_no_change_in_refusals(two_seeds):
    case = two_seeds.cases[0].id
    first, second = (
        [s._replace(answer=s.answer._replace(refusal=label)) for s in seen]
        for seen, label in zip(two_seeds.models[BASE][case].values(), ("full", "none"), strict=True)
    )
    asked = dict(zip(two_seeds.models[BASE][case], (first, second), strict=True))
    more = {**asked, next(iter(asked)): first * 4}
    found = two_seeds._replace(models={BASE: {case: more}, TUNED: {case: asked}})
    (shift,) = case_shifts(found, SEEDS.model_copy(update={"after": (TUNED,)}), np.ones(3), {}, draws=40)
    assert shift.refusal and shift.refusal.value == 0 and shift.before > shift.after


def test_slopes_over_the_library_wait_for_the_likelihoods_of_every_case(two_seeds):
    one = SEEDS.model_copy(update={"after": (TUNED,)})
    flat, steep, part = (
        _logliks(two_seeds, m, step, n) for m, step, n in ((BASE, 0.0, 6), (TUNED, 1.0, 6), (TUNED, 1.0, 5))
    )
    means = slope_changes(two_seeds.cases, one, {BASE: flat, TUNED: steep})
    assert [c.measure for c in means] == ["likelihood-helpful", "likelihood-harmless", "likelihood-honest"]
    assert {c.cases for c in means} == {6} and any(abs(c.mean.value) > 1 for c in means)
    bare = replace(two_seeds.cases[5], replies=())
    assert {c.cases for c in slope_changes((*two_seeds.cases[:5], bare), one, {BASE: flat, TUNED: part})} == {5}
    assert not slope_changes(two_seeds.cases, one, {BASE: flat, TUNED: part})
    with_seed = slope_changes(two_seeds.cases, SEEDS, {BASE: flat, TUNED: steep, "again": part})
    assert [c.mean.value for c in with_seed] == pytest.approx([c.mean.value for c in means])
