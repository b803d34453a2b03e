"""One case: what happened, the answers beside the story, and the rest on demand; in class view four steps."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from lib.domain import CaseStudy, Model, Prompt
from lib.measures.differences import Difference, by_place
from lib.models.registry import pairs
from lib.store.library import CaseRow
from lib.store.search import nearest
from lib.ui import address, cached, cards, happened, pickers, projector, replies, take_case, validity
from lib.ui import answers as answers_view
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


class View(NamedTuple):
    """What of the stored answers is shown, and how."""

    models: Sequence[Model]
    template: str | None
    scorer: str | None
    marks: bool


def chosen_view(page: Page, prompt: Prompt) -> View:
    return View(
        pickers.stored_models(page.answering, happened.default_models(page.differences)),
        pickers.template(cached.other_templates(prompt.id)),
        pickers.scorer(cached.scorers(prompt.id)),
        pickers.marks_wanted(),
    )


def models_at_one_prompt(page: Page, prompt: Prompt, view: View, bar: pickers.Bar) -> None:
    """The chosen models' answers to one prompt, which sample of them, their means, and two compared word by word."""
    chosen, scorer, asked = (
        view.models,
        view.scorer,
        cached.Asked(prompt.id, tuple(m.id for m in view.models), view.template),
    )
    if not chosen:
        st.info("Choose at least one model.", icon=":material/touch_app:")
        return
    counts = cached.sample_counts(asked)
    if not counts:
        answers_view.no_samples()
        return
    with bar.sample:
        sample = pickers.sample(max(counts.values()), telling_sample(page, prompt))
    shown = answers_view.Shown(sample, view.marks, validity.earned_scores())
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


def prompts_under_one_model(page: Page, bar: pickers.Bar) -> None:
    """One model's answers to the prompts that the visitor chooses."""
    first = happened.telling(page.differences)
    with bar.first:
        model = pickers.one_model(page.answering, first[0].after.model_id if first else None)
    framings = {d.before.prompt_id for d in first[:1]} | {d.after.prompt_id for d in first[:1]}
    with bar.options:
        prompts = pickers.several_prompts(
            page.study, framings if len(framings) > 1 else {p.id for p in page.study.prompts}
        )
    asked = {p.id: cached.Asked(p.id, (model.id,), None) for p in prompts}
    counts = {p: n for p, one in asked.items() if (n := cached.sample_counts(one).get(model.id))}
    if not prompts:
        st.info("Choose at least one prompt.", icon=":material/touch_app:")
    elif not counts:
        answers_view.no_samples()
    else:
        with bar.options:
            scorer, marks = pickers.scorer(cached.scorers(prompts[0].id)), pickers.marks_wanted()
        with bar.sample:
            sample = pickers.sample(max(counts.values()))
        found = {p: cached.responses(one, scorer, sample - 1).get(model.id) for p, one in asked.items()}
        answers = {p: r for p, r in found.items() if r}
        shown = answers_view.Shown(sample, marks, validity.earned_scores())
        answers_view.across_prompts(page.study, prompts, answers, counts, cached.runs(answers.values()), shown)


def with_other_seeds(page: Page) -> Page:
    """The page with the later seeds of the tunings among its models, where the visitor asks for them."""
    every = [page.models[m] for m in cached.answering_models(page.study.id, seeds=True) if m in page.models]
    return page._replace(answering=every) if len(every) > len(page.answering) and pickers.other_seeds() else page


def answers_section(page: Page) -> Prompt | None:
    """The answers with what chooses them above; the prompt that they are to, where it is one."""
    study = page.study
    bar = pickers.bar()
    with bar.options:
        by_prompt = bool(page.answering) and pickers.layout() == pickers.BY_PROMPT
        page = with_other_seeds(page)
    if by_prompt:
        if case_view.wanted(study):
            prompts_under_one_model(page, bar)
        return None
    with bar.first:
        prompt = pickers.prompt_in_bar(study, happened.default_prompt(study, page.differences))
    case_view.prompt_text(prompt, study.needs_native_review)
    chosen: Sequence[Model] = ()
    if not page.answering:
        answers_view.no_answers()
    elif case_view.wanted(study):
        with bar.options:
            view = chosen_view(page, prompt)
        chosen = view.models
        models_at_one_prompt(page, prompt, view, bar)
        answers_view.families_note(view.models, pairs(tuple(page.models.values())))
    case_view.ask_live(study, prompt, chosen)
    return prompt


def reply_section(page: Page, prompt: Prompt | None) -> None:
    """The reference replies to the prompt, or all, and which of them each model favours."""
    study = page.study
    replies.replies(study, prompt)
    if prompt and page.answering:
        plain = next(p for p in study.prompts if p.variant == "neutral")
        stored = cached.reply_logliks(prompt), cached.reply_logliks(plain)
        replies.likelihoods(study, prompt, plain, chosen_or_default(page), *stored)


def chosen_or_default(page: Page) -> list[Model]:
    """The models that are shown: those of the pills, which stand above."""
    labels = st.session_state.get("models") or ()
    return [m for m in page.models.values() if m.label in labels] or list(page.answering)


def reading_view(page: Page) -> None:
    """What happened, the answers with the story beside them, and the rest folded."""
    study = page.study
    if study.checks and page.answering:
        what_happened(page)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.header("The answers", anchor="answers")
        prompt = answers_section(page)
        case_view.limits(study)
    with right:
        case_view.story(study, cached.glossary())
    st.header("More on this case", anchor="more")
    take_case.tools(study, for_class=False)
    if study.checks and page.answering:
        with case_view.folded("Every check: prompts by models", "grid_on", "every_check"):
            grid(page)
    with case_view.folded("Reference replies: rate them, then compare", "rate_review", "replies"):
        reply_section(page, prompt)
    with case_view.folded("What to look for, and questions for discussion", "forum", "discuss"):
        case_view.look_for(study)
        case_view.discussion(study)
    with case_view.folded("Use this case: in class, in policy, in research", "school", "in_use"):
        case_view.uses(study)
        projector.notes_link(study)
    with case_view.folded("Harms, facts and sources, law", "library_books", "sources"):
        case_view.sources(study)


def class_hour(page: Page) -> None:
    """Four steps for a projector."""
    study, at = page.study, projector.step()
    bar = pickers.bar() if at == "Reveal" else None
    prompt = study.prompts[0]
    if at != "Story":
        with bar.first if bar else st.container():
            prompt = pickers.prompt_in_bar(study, happened.default_prompt(study, page.differences))

    def reveal() -> None:
        assert bar is not None
        if study.sensitivity == "signposted":
            case_view.not_on_a_projector(study)
        elif not page.answering:
            answers_view.no_answers()
        else:
            with bar.options:
                view = chosen_view(page, prompt)
            models_at_one_prompt(page, prompt, view, bar)
            if study.checks:
                what_happened(page)

    draw = {
        "Story": lambda: projector.story(study),
        "Predict": lambda: projector.predict(study, prompt),
        "Reveal": reveal,
        "Discuss": lambda: projector.discuss(study, prompt),
    }
    projector.screen(at, draw[at])


cards.page_style()
rows = cached.case_rows()
if not rows:
    gallery.none_installed()
    st.stop()

case_id, class_view = pickers.case(rows)
if case_id is None:
    titles, asked = {r.id: r.title for r in rows}, st.query_params["case"]
    gallery.not_found(asked, {name: titles[name] for name in nearest(asked, titles)}, class_view)
    st.stop()
study = cached.case(case_id)
assert study is not None
address.tab_title(study.title)
if pickers.teacher_notes():
    projector.teacher_page(study)
    st.stop()

if not class_view:
    case_view.heading(study)
models = cached.models()
page = Page(
    study,
    next(r for r in rows if r.id == case_id),
    models,
    [models[m] for m in cached.answering_models(case_id) if m in models],
    cached.case_differences(case_id),
)
if class_view:
    class_hour(page)
else:
    reading_view(page)
with st.container(key="where_next"):
    gallery.where_next(cached.tours(), study, {r.id: r.title for r in rows}, class_view)
