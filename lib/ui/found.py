"""What a search found: where a case fits, chapters, model answers folded away, and what to try where nothing does."""

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import NamedTuple

import streamlit as st

from lib.domain import Model
from lib.scoring.content import unsettling
from lib.store.answers import StoredAnswer
from lib.store.library import CaseRow
from lib.store.search import AnswersFound, Found, Hit, Place
from lib.text import marked_line
from lib.ui import pickers, words

ALIKE = 75  # of 100: how much a title must look like a search that nothing fits to be offered


class Names(NamedTuple):
    """What the ids in an answer stand for."""

    cases: Mapping[str, CaseRow]
    prompts: Mapping[str, str]
    models: Mapping[str, Model]
    later_seeds: Collection[str]  # models that a case page shows on request alone


def read_as(found: Found) -> None:
    """Which words were taken for slips, and for what."""
    for typed, meant in found.slips.items():
        st.markdown(
            f"No text has “{words.escaped(typed)}”. Looked for **{words.escaped(meant)}** as well. In quotes,"
            f" “{words.escaped(typed)}” is looked for as it is."
        )


def lines(places: Sequence[Place]) -> str:
    """Where a case or chapter fits, a line for each place, as HTML."""
    return "".join(
        f'<div class="tri-place"><span class="tri-where">{escape(p.name)}</span> {_piece(p)}</div>' for p in places
    )


def _piece(place: Place) -> str:
    return f"{'… ' * place.before}{marked_line(place.text, place.marks)}{' …' * place.after}"


def in_words(places: Sequence[Place]) -> str:
    """The first place, as plain text for a table."""
    return f"{places[0].name}: {places[0].text}" if places else ""


def chapters(hits: Sequence[Hit], names: Mapping[str, str]) -> None:
    """Chapters and the glossary, two beside each other."""
    shown = [h for h in hits if h.id in names]
    if not shown:
        return
    st.header(f"In the foundations ({len(shown)})", anchor=False)
    for start in range(0, len(shown), 2):
        for column, hit in zip(st.columns(2), shown[start : start + 2], strict=False):
            with column.container(border=True, height="stretch"):
                st.page_link(
                    "pages/foundations.py",
                    label=f"**{names[hit.id]}**",
                    icon=":material/foundation:",
                    query_params={"chapter": hit.id},
                )
                st.html(lines(hit.places))


def answers_label(hits: AnswersFound) -> str:
    answers = "1 model answer" if hits.total == 1 else f"{hits.total:,} model answers"
    cases = "1 case" if len(hits.by_case) == 1 else f"{len(hits.by_case)} cases"
    return f"Also in {answers}, to {cases}"


def answers(hits: AnswersFound, best: Sequence[tuple[StoredAnswer, Place | None]], names: Names) -> None:
    """The answers that fit best, each with a door to where it stands; what must not be met unasked stays there."""
    many = sorted((c for c in hits.by_case if c in names.cases), key=lambda c: -hits.by_case[c])[:5]
    counts = words.listed([f"*{words.escaped(names.cases[c].title)}* ({hits.by_case[c]:,})" for c in many])
    st.caption(f"Text by small models, unedited and often wrong. Most are to {counts}. The best fits:")
    for number, (answer, place) in enumerate(best):
        if answer.case_id not in names.cases or answer.model_id not in names.models:
            continue
        row, model = names.cases[answer.case_id], names.models[answer.model_id]
        prompt = names.prompts.get(answer.prompt_id, "")
        with st.container(key=f"cases_answer_{number}", gap=None):
            query = {"case": answer.case_id, "prompt": prompt, "models": model.label}
            query |= {"seeds": "true"} if model.id in names.later_seeds else {}
            query |= {"sample": str(answer.place)} if answer.place else {}
            st.page_link(
                "pages/case.py",
                label=f"{words.escaped(row.title)} · {words.escaped(prompt)} · {words.escaped(model.label)}",
                icon=":material/arrow_forward:",
                query_params=query,
            )
            st.html(_answer(row, answer, place))


def _answer(row: CaseRow, answer: StoredAnswer, place: Place | None) -> str:
    if row.sensitivity == "signposted":
        return '<div class="tri-place">Not shown here: the case has a note to read first.</div>'
    if kind := unsettling(answer.text):
        return f'<div class="tri-place">Folded: words of {escape(kind)}. Open the case to read it.</div>'
    return f'<div class="tri-place">{_piece(place)}</div>' if place else ""


def only_outside_filters(count: int) -> None:
    fit = "1 case matches" if count == 1 else f"{count} cases match"
    st.info(f"{fit} your search, but none matches these filters too.", icon=":material/filter_alt_off:")
    st.button("Search without filters", icon=":material/filter_alt_off:", on_click=pickers.clear_filters, args=(False,))


def nothing(typed: str, near: Sequence[str], titles: Sequence[CaseRow]) -> None:
    """No case fits a search; `near`: words of the library that look most alike, `titles`: cases that do."""
    st.info(f"No case has “{words.escaped(typed)}”.", icon=":material/search_off:")
    if near:
        st.markdown("The nearest words in the library:")
        with st.container(horizontal=True):
            for word in near:
                st.button(word, key=f"cases_near_{word}", on_click=pickers.search_for, args=(word,))
    if titles:
        st.markdown("The nearest titles:")
        for row in titles:
            st.page_link(
                "pages/case.py",
                label=f"{row.number}. {words.escaped(row.title)}",
                icon=":material/arrow_forward:",
                query_params={"case": row.id},
            )
    st.button("Show all cases", icon=":material/filter_alt_off:", on_click=pickers.clear_filters)
