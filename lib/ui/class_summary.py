"""After the hour: everything that was answered, on a page, as CSV and as PDF; and its deletion."""

from collections.abc import Callable

import streamlit as st

from lib.measures.agreement import in_words
from lib.studies.exports import handout, hour_csv
from lib.studies.screens import DOING
from lib.studies.tallies import Moment, agreed, change, lines, tally, twin
from lib.ui import class_bars, class_hour, words


def summary(now: Moment, delete: Callable[[], None]) -> None:
    """`now`: with the answers of all steps."""
    st.title(words.escaped(now.session.title), anchor=False)
    found = agreed(now.hour, now.answers)
    sure = (
        f" (Krippendorff’s alpha {found.value:.2f}, 95% interval {found.low:.2f} to {found.high:.2f}, over"
        f" {found.items} questions and {found.ratings} ratings)"
        if found
        else ""
    )
    st.markdown(
        f"{now.joined} took part and gave {len(now.answers)} answers. Rating the two answers without names:"
        f" {in_words(found)}{sure}."
    )
    _take_away(now, delete)
    for number, step in enumerate(now.hour.steps):
        if step.kind in ("read", "reveal"):
            continue
        mine = now.of_step(number)
        title = DOING[step.kind] + (f": {words.escaped(now.hour.part(step).title)}" if len(now.hour.parts) > 1 else "")
        st.header(title, anchor=False)
        before = twin(now.hour, number)
        for question in step.questions:
            if question.kind == "line":
                _typed(lines(question, mine))
                continue
            if before is not None and (moved := change(question, now.of_step(before), mine)).both:
                class_bars.change(moved)
            else:
                class_bars.bars(tally(question, mine), now.joined, right=[o.key for o in question.options if o.right])


def _typed(found) -> None:
    if found:
        with st.expander(f"{len(found)} reasons", icon=":material/notes:"):
            for line in found:
                st.text(line.value)


def _take_away(now: Moment, delete: Callable[[], None]) -> None:
    name = f"class-hour-{now.session.id[:6]}"
    with st.container(horizontal=True):
        st.download_button(
            "Handout (PDF)",
            lambda: handout(now),
            f"{name}.pdf",
            "application/pdf",
            key="summary_pdf",
            on_click="ignore",
        )
        csv = hour_csv(now.hour, now.answers)
        st.download_button("Answers (CSV)", csv, f"{name}.csv", "text/csv", key="summary_csv", on_click="ignore")
        st.link_button("Console", class_hour.link(now.session.id, "console"))
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown("The hour, who joined and every answer will be gone for good.")
            if st.button("Delete everything of this hour", key="summary_delete"):
                delete()
                st.rerun()
    st.caption("The CSV has no keys, nicknames or times: people are numbers in it.")
