"""What happened in a case, by its checks: the clearest differences in words, and a grid of prompts by models."""

import textwrap
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lib.domain import CaseStudy, Check, Features, Model, Prompt, Response
from lib.measures.differences import CheckCount, Counts, Difference, control_passed
from lib.scoring.telling import clearest, says, showing, telling
from lib.store.library import CaseRow
from lib.text import text_block
from lib.ui import cards, takeaway, words
from lib.ui import case as case_view
from lib.validation.answer_key import CheckRecord

_GRID, _SHOWN = "case_grid", "case_shown"
_ASKED = 200  # characters of the plain prompt


def happened(case: CaseStudy, row: CaseRow, found: Sequence[Difference], models: Mapping[str, Model]) -> None:
    """What was asked, and the clearest differences between two prompts and by tuning, or that there are none."""
    shown = telling(found)
    sure = " ".join([_how_sure(found, bool(shown)), _control(case)]) if found else None
    with st.container(border=True, key="case_happened"):
        st.header("What happened here", anchor=False, help=sure)
        st.markdown(_asked(case, row))
        if not found:
            st.markdown(
                "Nothing is put in words yet: no check of this case has been borne out by hand labels, or the stored"
                " answers are not checked yet. The grid below shows what the checks found."
            )
            return
        for number, difference in enumerate(shown):
            told = st.container(horizontal=True, vertical_alignment="center", gap="xsmall")
            told.markdown(told_in_words(difference, {p.id: p.label for p in case.prompts}, models), width="stretch")
            told.button(
                "Show",
                key=f"case_show_{number}",
                icon=":material/visibility:",
                help="Shows the answers in which this difference is seen.",
                on_click=_show,
                args=(case, difference, models),
            )
        if not shown:
            st.caption(_how_sure(found, False))


def _asked(case: CaseStudy, row: CaseRow) -> str:
    """The plain prompt, in how many other wordings it was put, and how often."""
    plain = next(p for p in case.prompts if p.variant == "neutral")
    text = words.escaped(textwrap.shorten(plain.text, _ASKED, placeholder=" …"))
    others = len(case.prompts) - 1
    also = f", and the same in {others} other wording{'s' * (others != 1)}" if others else ""
    return (
        f"**What was asked.** “{text}”{also}: {row.responses} answers from {row.models} model{'s' * (row.models != 1)}."
    )


def told_in_words(d: Difference, labels: Mapping[str, str], models: Mapping[str, Model]) -> str:
    """A difference in one sentence, with how often and how sure. `labels`: of the prompts, by id."""
    interval = f"{100 * d.low:+.0f} to {100 * d.high:+.0f}"
    sure = f"({100 * d.value:+.0f} points, 95% interval {interval})"
    before, after = _count(d.before), _count(d.after)
    said = words.escaped(d.check.label)
    if d.kind == "framing":
        return (
            f"**The wording.** {models[d.before.model_id].label} {said} in **{before}** answers to"
            f" *{words.escaped(labels[d.before.prompt_id])}*, and in **{after}** to"
            f" *{words.escaped(labels[d.after.prompt_id])}* {sure}."
        )
    base, tuned = (models[c.model_id].label for c in (d.before, d.after))
    return (
        f"**The tuning.** Asked *{words.escaped(labels[d.after.prompt_id])}*, the base {base} {said} in **{before}**"
        f" answers, and {tuned}, tuned from it, in **{after}** {sure}."
    )


def _count(count: CheckCount) -> str:
    return f"{count.yes} of {count.told}"


def _how_sure(found: Sequence[Difference], any_clear: bool) -> str:
    if any_clear:
        return (
            f"The clearest of {len(found)} comparisons of two prompts, or of a base and a model tuned from it. The"
            " intervals are not corrected for looking at many."
        )
    return (
        f"No clear difference: in none of {len(found)} comparisons of two prompts, or of a base and a model tuned from"
        " it, does the 95% interval leave out zero."
    )


def _control(case: CaseStudy) -> str:
    if case.control is None:
        return ""
    label = next(c.label for c in case.checks if c.key == case.control.check)
    return (
        f"Two prompts are compared only where the model {label} in at least half of its answers to the plain question."
    )


def _show(case: CaseStudy, d: Difference, models: Mapping[str, Model]) -> None:
    st.session_state[_SHOWN] = (case.id, d.kind)
    if st.session_state.get("class_view"):  # the class goes on predicting at its own prompt
        return
    chosen = dict.fromkeys((d.before.model_id, d.after.model_id))
    _pick(case, d.after.prompt_id, [models[m].label for m in chosen])
    st.session_state["check"] = d.check.label


def shown(case: CaseStudy, found: Sequence[Difference]) -> Difference | None:
    """The difference whose answers the visitor wants to see."""
    case_id, kind = st.session_state.get(_SHOWN, ("", ""))
    return clearest(found, kind) if case_id == case.id else None


def two_answers(
    case: CaseStudy, d: Difference, answers: Sequence[Sequence[Response]], models: Mapping[str, Model]
) -> None:
    """The first yes of the side that has more of them beside the first no of the other side.

    `answers`: all that are stored of the one side and of the other.
    """
    if case.sensitivity == "signposted":
        case_view.unedited_warning()
    prompts = {p.id: p for p in case.prompts}
    sides = zip(st.columns(2, border=True), (d.before, d.after), (d.value < 0, d.value > 0), answers, strict=True)
    for column, count, more, side in sides:
        prompt = prompts[count.prompt_id]
        telling_it = showing(d.check, more, prompt, side)
        with column:
            st.markdown(f"**{models[count.model_id].label}**, *{words.escaped(prompt.label)}*")
            st.caption("Asked")
            st.html(text_block(prompt.text))
            st.caption("Answered")
            if telling_it:
                cards.checked_text(telling_it[0], prompt, [d.check], Features())
            st.caption(f"The first of {len(telling_it)} such answers among {count.told}.")


def _pick(case: CaseStudy, prompt_id: str, model_labels: Sequence[str]) -> None:
    st.session_state["prompt"] = next(p.label for p in case.prompts if p.id == prompt_id)
    st.session_state["models"] = list(model_labels)
    st.session_state["sample"] = 1


def default_models(found: Sequence[Difference]) -> list[str]:
    """The models in which the clearest differences are seen."""
    return list(dict.fromkeys(m for d in reversed(telling(found)) for m in (d.before.model_id, d.after.model_id)))


def default_prompt(case: CaseStudy, found: Sequence[Difference]) -> Prompt:
    """The prompt at which the clearest difference shows."""
    shown = telling(found)
    return next((p for p in case.prompts if shown and p.id == shown[0].after.prompt_id), case.prompts[0])


def default_sample(d: Difference, prompt: Prompt, answers: Sequence[Response]) -> int:
    """The place, from 1, of the first answer that makes a difference.

    `answers`: all to the prompt at which it shows, of the model in which it does.
    """
    shows = (place for place, r in enumerate(answers, start=1) if r.text and says(d.check, r, prompt) is (d.value > 0))
    return next(shows, 1)


def picked_check(case: CaseStudy, found: Sequence[Difference]) -> Check:
    """What the grid shows; until the visitor chooses, the check in which the clearest difference is seen."""
    labels = {c.label: c for c in case.checks}
    first = next((d.check for d in telling(found)), case.checks[0])
    chosen = st.pills(
        "What the answers were checked for",
        list(labels),
        default=first.label,
        required=True,
        key="check",
        bind="query-params",
        wrap=True,
        help="Decided from the words of each answer, which are marked in the text; a few by a larger model.",
    )
    return labels.get(chosen or "", first)


def grid(case: CaseStudy, check: Check, counts: Counts, models: Sequence[Model], record: CheckRecord | None) -> None:
    """Prompts by models: in how many answers the check said yes. A click on a cell shows its answers."""
    prompts = [p for p in case.prompts if check in case.checks_of(p)]
    cells = [[counts.get((p.id, m.id, check.key)) for m in models] for p in prompts]
    frame = pd.DataFrame(
        [[_cell(c) for c in row] for row in cells],
        index=pd.Index([p.label for p in prompts], name="prompt"),
        columns=[m.label for m in models],
    )
    shares = [[c.yes / c.told if c and c.told else None for c in row] for row in cells]
    good = check.sign == "for"
    styled = frame.style.apply(
        lambda _: pd.DataFrame(
            [[_shade(s, good) for s in row] for row in shares], index=frame.index, columns=frame.columns
        ),
        axis=None,
    )
    takeaway.table(
        styled,
        key=_GRID,
        on_select=lambda: _show_cell(case, prompts, models),
        selection_mode="single-cell",
        alt=f"In how many answers of each model to each prompt the answer {check.label}",
    )
    unknown = sum(c.unknown for row in cells for c in row if c)
    unable = [m.label for m in models if control_passed(case, counts, m.id) is False]
    notes = [
        f"In how many of the answers that could be decided the answer {check.label}, which speaks {check.sign}"
        f" *{check.aspect}*. {unknown} answers are not readable and are left out. Click a cell to read its answers."
    ]
    notes.append(_validity(record))
    if unable:
        notes.append(f"Not able to do the task at all, so that no wording is compared: {', '.join(unable)}.")
    st.caption(" ".join(notes))


def _validity(record: CheckRecord | None) -> str:
    if record is None or record.precision is None:
        return "This check has not been held to hand labels yet."
    p = record.precision
    return (
        f"Against hand labels, blind to model and verdict: of {record.yes} answers that the check ticks, {record.right}"
        f" are right (95% interval {p.low:.0%} to {p.high:.0%}); of {record.no} that it crosses, it missed"
        f" {record.missed}."
    )


def _cell(count: CheckCount | None) -> str:
    if count is None:
        return "—"
    return _count(count) if count.told else f"unreadable ({count.unknown})"


def _shade(share: float | None, good: bool) -> str:
    if not share:
        return ""
    colour = "0, 158, 115" if good else "213, 94, 0"
    return f"background-color: rgba({colour}, {0.12 + 0.4 * share:.2f})"


def _show_cell(case: CaseStudy, prompts: Sequence[Prompt], models: Sequence[Model]) -> None:
    cells = st.session_state[_GRID].selection.cells
    if cells:
        row, column = cells[0]
        label = column if isinstance(column, str) else models[column].label
        if label in {m.label for m in models}:
            _pick(case, prompts[row].id, [label])
