"""One case: the story, the answers side by side, the reference replies, the sources."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from lib.domain import CaseStudy, Model, Prompt
from lib.measures.differences import Difference, by_place
from lib.models.registry import pairs
from lib.store.library import CaseRow
from lib.ui import answers as answers_view
from lib.ui import cached, cards, happened, pickers, replies, validity
from lib.ui import case as case_view
from lib.ui import cases as gallery


class Page(NamedTuple):
    """What is known of the case before anything is chosen."""

    study: CaseStudy
    row: CaseRow
    models: Mapping[str, Model]
    answering: Sequence[Model]
    differences: Sequence[Difference]


def what_happened(page: Page) -> None:
    """The differences in words, and the two answers of the one that is asked for."""
    happened.happened(page.study, page.row, page.differences, page.models)
    if shown := happened.shown(page.study, page.differences):
        sides = [cached.Asked(c.prompt_id, (c.model_id,), None) for c in (shown.before, shown.after)]
        answers = [cached.every_response(side) for side in sides]
        happened.two_answers(page.study, shown, answers, page.models)


def grid(page: Page) -> None:
    check = happened.picked_check(page.study, page.differences)
    record = validity.check_records().get((page.study.id, check.key))
    counts = by_place(cached.check_counts(page.study.id))
    happened.grid(page.study, check, counts, page.answering, record)


def models_at_one_prompt(page: Page, prompt: Prompt, asked: cached.Asked, chosen: Sequence[Model]) -> None:
    """The chosen models' answers to one prompt, their means, and two of them compared word by word."""
    counts, scorer = cached.sample_counts(asked), pickers.scorer(cached.scorers(prompt.id))
    if not counts:
        answers_view.no_samples()
        return
    sample, marks = pickers.sample(max(counts.values()), telling_sample(page, prompt))
    shown = answers_view.Shown(sample, marks, validity.earned_scores())
    answers = cached.responses(asked, scorer, sample - 1)
    favoured = {m: f.reply_id for m, f in replies.favourites(page.study, prompt, cached.reply_logliks(prompt)).items()}
    answers_view.answers(page.study, prompt, chosen, counts, answers, cached.runs(answers.values()), shown, favoured)
    if scorer and shown.earned:
        summaries = cached.summaries(asked, scorer)
        cards.means({m.label: summaries[m.id] for m in chosen if m.id in summaries}, shown.earned, scorer)
    with answers_view.comparison() as box:
        if box.open:
            answers_view.compare(chosen, cached.every_response(asked))


def telling_sample(page: Page, prompt: Prompt) -> int:
    """The sample, from 1, that shows what happened at the prompt; the first where nothing is known to have."""
    difference = next((d for d in happened.telling(page.differences) if d.after.prompt_id == prompt.id), None)
    if difference is None:
        return 1
    answers = cached.every_response(cached.Asked(prompt.id, (difference.after.model_id,), None))
    return happened.default_sample(difference, prompt, answers)


def prompts_under_one_model(page: Page) -> None:
    """One model's answers to the prompts that the visitor chooses."""
    first = happened.telling(page.differences)
    model = pickers.one_model(page.answering, first[0].after.model_id if first else None)
    framings = {d.before.prompt_id for d in first[:1]} | {d.after.prompt_id for d in first[:1]}
    prompts = pickers.several_prompts(page.study, framings if len(framings) > 1 else {p.id for p in page.study.prompts})
    asked = {p.id: cached.Asked(p.id, (model.id,), None) for p in prompts}
    counts = {p: n for p, one in asked.items() if (n := cached.sample_counts(one).get(model.id))}
    if not prompts:
        st.info("Choose at least one prompt.", icon=":material/touch_app:")
    elif not counts:
        answers_view.no_samples()
    else:
        scorer = pickers.scorer(cached.scorers(prompts[0].id))
        sample, marks = pickers.sample(max(counts.values()))
        found = {p: cached.responses(one, scorer, sample - 1).get(model.id) for p, one in asked.items()}
        answers = {p: r for p, r in found.items() if r}
        shown = answers_view.Shown(sample, marks, validity.earned_scores())
        answers_view.across_prompts(page.study, prompts, answers, counts, cached.runs(answers.values()), shown)


def answers_section(page: Page, class_view: bool) -> bool:
    """Everything under the heading of the answers; whether they are shown."""
    study = page.study
    by_prompt = bool(page.answering) and not class_view and pickers.layout() == pickers.BY_PROMPT
    if by_prompt:
        if case_view.wanted(study):
            prompts_under_one_model(page)
            if study.checks:
                grid(page)
            replies.replies(study)
            case_view.limits(study)
        return True
    prompt = pickers.prompt(study, first=happened.default_prompt(study, page.differences))
    case_view.prompt_text(prompt, study.needs_native_review)
    if not (class_view and study.sensitivity == "signposted"):  # such answers are not for a projector unseen
        case_view.ask_live(study, prompt)
    if not page.answering:
        answers_view.no_answers()
        return not class_view
    chosen = pickers.stored_models(page.answering, happened.default_models(page.differences))
    template = pickers.template(cached.other_templates(prompt.id))
    if not chosen:
        st.info("Choose at least one model.", icon=":material/touch_app:")
        return not class_view
    if not (case_view.predicted(study, prompt) if class_view else case_view.wanted(study)):
        return not class_view
    answers_view.families_note(chosen, pairs(tuple(page.models.values())))
    case_view.look_for(study)
    if study.checks:
        if class_view:
            what_happened(page)
        grid(page)
    models_at_one_prompt(page, prompt, cached.Asked(prompt.id, tuple(m.id for m in chosen), template), chosen)
    if class_view:
        case_view.revised(prompt)
    replies.replies(study)
    plain = next(p for p in study.prompts if p.variant == "neutral")
    replies.likelihoods(study, prompt, plain, chosen, cached.reply_logliks(prompt), cached.reply_logliks(plain))
    case_view.limits(study)
    return True


cards.page_style()
rows = cached.case_rows()
if not rows:
    gallery.none_installed()
    st.stop()

case_id, class_view = pickers.case(rows)
study = cached.case(case_id)
assert study is not None
case_view.heading(study)
models = cached.models()
page = Page(
    study,
    next(r for r in rows if r.id == case_id),
    models,
    [models[m] for m in cached.answering_models(case_id) if m in models],
    cached.case_differences(case_id),
)
if study.checks and page.answering and not class_view:
    what_happened(page)
case_view.story(study)
st.header("The answers", anchor=False)
revealed = answers_section(page, class_view)
case_view.discussion(study)
case_view.background(study, for_teacher=not revealed)  # would give the class its prediction
gallery.where_next(cached.tours(), study, {r.id: r.title for r in rows}, class_view)
