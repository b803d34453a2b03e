"""Collections: other people's answers brought in, looked at side by side, checked, measured, and taken away."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from lib.collections import work
from lib.collections.pairs import guessed
from lib.collections.records import Collection, delete
from lib.domain import TrilemmaError
from lib.paths import paths
from lib.store.conditions import Wanted
from lib.ui import answers as answers_view
from lib.ui import bring, cards, collected, take_away, validity, visitors, words
from lib.ui import case as case_view
from lib.ui import collections as view
from lib.ui import collections_checks as checks_view
from lib.ui import collections_import as preview
from lib.ui import collections_numbers as numbers

_AT_ONCE = 20_000  # answers that are checked or measured while a visitor waits


def answers(mine: Collection) -> None:
    offered = view.choices(
        mine,
        collected.tag_values(mine),
        collected.preference_rows(mine),
        collected.mark_rows(mine),
        collected.check_rows(mine),
    )
    query, conditions = view.filters(offered)
    wanted = Wanted(conditions, collected.hits(mine, query) if query else None)
    total, _ = collected.found(mine, wanted, 0, 1)
    if not total:
        view.none_fits()
        return
    place = view.place(total, mine.survey.prompts, len(wanted.ids or ()) == collected.MOST_HITS)
    _, (asked, *_) = collected.found(mine, wanted, place, 1)
    prompt = collected.prompt(mine, asked.prompt_id)
    assert prompt is not None
    case_view.prompt_text(prompt)
    tags = collected.tags(mine, prompt.id)
    view.tags_line(tags)
    chosen = view.models(mine)
    if not chosen:
        st.info("Choose at least one model.", icon=":material/touch_app:")
        return
    responses = collected.responses(mine, prompt.id, [m.id for m in chosen])
    shown = view.Shown(
        prompt, tags, responses, collected.marks(mine, prompt.id), collected.preferences(mine, prompt.id)
    )
    number, marked = view.sample(shown)
    view.side_by_side(mine, shown, chosen, number, marked, validity.earned_scores())
    with answers_view.comparison() as box:
        if box.open:
            answers_view.compare(chosen, responses)
    take_away.one_comparison(mine, prompt.id, tuple(m.id for m in chosen))


def figures(mine: Collection) -> None:
    numbers.answers(mine, collected.model_rows(mine))
    numbers.preferences(mine, collected.win_rates(mine), collected.win_changes(mine))
    numbers.scores(mine, collected.mark_means(mine))
    if numbers.measures(mine, collected.measured(mine), mine.survey.kept > _AT_ONCE):
        with st.spinner("Measuring every answer (some seconds for each thousand) …"):
            work.measure(paths(), mine.name)
        st.rerun()


def pairs_and_checks(mine: Collection) -> None:
    if (pairs := checks_view.pairs(mine, guessed(mine.models))) is not None:
        work.with_pairs(paths(), mine.name, pairs)
        st.rerun()
    if added := checks_view.new_check():
        label, check = added
        key = work.check_key(label, [c.key for c in mine.checks])
        try:
            mine = work.with_check(paths(), mine.name, replace(check, key=key))
        except TrilemmaError as fault:
            st.error(words.escaped(str(fault)), icon=":material/error:")
        else:
            decided(mine)
    if gone := checks_view.checks(mine, collected.check_rows(mine)):
        work.without_check(paths(), mine.name, gone)
        collected.forget()
        st.rerun()


def decided(mine: Collection) -> None:
    """Decide what is not decided yet, with a bar and a stop button."""
    if mine.survey.kept > _AT_ONCE:
        st.info(f"Decide it with: `python -m lib score --collection {mine.name}`", icon=":material/terminal:")
        return

    def decide(tell: Callable[[float, str], None]) -> None:
        for done in work.decide_checks(paths(), mine.name):
            tell(done / mine.survey.kept, "answers")

    preview.reading(decide, lambda: None)
    collected.forget()
    st.rerun()


def about(mine: Collection) -> None:
    if view.about(mine):
        delete(paths(), mine.name)
        collected.forget()
        st.session_state.pop("collection", None)
        st.session_state["collections_told"] = f"{mine.name} is deleted."
        st.rerun()


cards.page_style()
visitors.teacher_only()
st.title("Collections", anchor=False)
preview.introduction()
if told := st.session_state.pop("collections_told", None):
    st.toast(told, icon=":material/check:")
names = collected.names()
kept = bring.section(bool(names))
if kept:
    names = collected.names()
if not names:
    view.none_yet()
    st.stop()
name = view.chosen(names, kept)
mine = collected.collection(name)
shown = dict(zip(view.VIEWS, (answers, figures, pairs_and_checks, take_away.section, about), strict=True))
chosen_view = view.heading(mine)
if checks_view.offered(mine, guesses := guessed(mine.models)):
    work.with_pairs(paths(), mine.name, guesses)
    st.rerun()
shown[chosen_view](mine)
