"""One case: the story, the answers side by side, the reference replies, the sources."""

from collections.abc import Mapping, Sequence

import streamlit as st

from lib.domain import CaseStudy, Model
from lib.measures.differences import Difference, by_place
from lib.models.registry import pairs
from lib.ui import cached, cards, happened, pickers, replies
from lib.ui import case as case_view
from lib.ui import cases as gallery


def what_happened(study: CaseStudy, differences: Sequence[Difference], models: Mapping[str, Model]) -> None:
    """The differences in words, and the two answers of the one that is asked for."""
    happened.happened(study, differences, models)
    if shown := happened.shown(study, differences):
        sides = [cached.Asked(c.prompt_id, (c.model_id,), None) for c in (shown.before, shown.after)]
        happened.two_answers(study, shown, [cached.every_response(side) for side in sides], models)


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
differences = cached.case_differences(study.id)
answering = [models[m] for m in cached.answering_models(study.id) if m in models]
if study.checks and answering and not class_view:
    what_happened(study, differences, models)
case_view.story(study)

st.header("The answers", anchor=False)
prompt = pickers.prompt(study)
case_view.prompt_text(prompt, study.needs_native_review)
if not (class_view and study.sensitivity == "signposted"):  # such answers are not for a projector unseen
    case_view.ask_live(study, prompt)
revealed = not class_view
if not answering:
    case_view.no_answers()
else:
    chosen = pickers.stored_models(answering, happened.default_models(differences))
    template = pickers.template(cached.other_templates(prompt.id))
    asked = cached.Asked(prompt.id, tuple(m.id for m in chosen), template)
    scorer = pickers.scorer(cached.scorers(prompt.id))
    if not chosen:
        st.info("Choose at least one model.", icon=":material/touch_app:")
    elif case_view.predicted(study, prompt) if class_view else case_view.wanted(study):
        revealed = True
        case_view.families_note(chosen, pairs(tuple(models.values())))
        case_view.look_for(study)
        if study.checks:
            if class_view:
                what_happened(study, differences, models)
            check = happened.picked_check(study)
            record = cached.check_records().get((study.id, check.key))
            happened.grid(study, check, by_place(cached.check_counts(study.id)), answering, record)
        if counts := cached.sample_counts(asked):
            sample, marks = pickers.sample(max(counts.values()))
            earned = cached.earned_scores()
            answers = cached.responses(asked, scorer, sample - 1)
            case_view.answers(
                prompt,
                chosen,
                counts,
                sample,
                answers,
                cached.runs(answers.values()),
                marks,
                study.checks_of(prompt),
                earned,
            )
            if scorer and earned:
                summaries = cached.summaries(asked, scorer)
                cards.means({m.label: summaries[m.id] for m in chosen if m.id in summaries}, earned, scorer)
            with case_view.comparison() as box:
                if box.open:
                    case_view.compare(chosen, cached.every_response(asked))
        else:
            case_view.no_samples()
        if class_view:
            case_view.revised(prompt)
        replies.replies(study)
        replies.likelihoods(study, prompt, chosen, cached.reply_logliks(prompt))
        case_view.limits(study)

case_view.discussion(study)
case_view.background(study, for_teacher=not revealed)  # would give the class its prediction
gallery.where_next(cached.tours(), study, {r.id: r.title for r in rows}, class_view)
