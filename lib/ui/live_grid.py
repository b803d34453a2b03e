"""Several prompts asked at once: a small grid, a row a prompt and a column a model."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from lib.domain import LiveRun, Model
from lib.text import text_block
from lib.ui import cards, words
from lib.worker.job import Job

_SHOWN = 600  # characters of an answer; all of it is one click away


def growing(jobs: Sequence[tuple[str, Job]]) -> None:
    """How far each prompt is. `jobs`: the prompt's text and its job."""
    for text, job in jobs:
        done = sum(a.finish is not None for part in job.parts.values() for a in part.answers)
        every = sum(len(part.answers) for part in job.parts.values())
        st.caption(f"{words.escaped(text[:80])}: {done} of {every} answers")


def grid(lives: Sequence[LiveRun], models: Mapping[str, Model], whole: Callable[[int, LiveRun], None]) -> None:
    """The first answers side by side. `whole` draws everything of one prompt, once its row is opened."""
    st.caption(
        f"{len(lives)} prompts. Shown: the first sample of each model. Open a prompt for the others and the checks."
    )
    for number, live in enumerate(lives, start=1):
        st.markdown(f"**{number}.**")
        st.html(text_block(live.prompt.text))
        shown = [models[r.model_id] for r in live.runs if r.model_id in models]
        for column, model in zip(cards.side_by_side(len(shown)), shown, strict=True):
            first = next(r for r in live.responses if r.model_id == model.id and r.sample == 0)
            with column:
                st.caption(f"**{words.escaped(model.label)}** · {words.FINISH[first.finish]}")
                if first.error:
                    st.error(words.escaped(first.error))
                if first.text is not None:
                    cut = " …" if len(first.text) > _SHOWN else ""
                    st.html(text_block(first.text[:_SHOWN] + cut))
        with st.expander("All samples and checks", key=f"live_row_{live.id}", on_change="rerun") as box:
            if box.open:
                whole(number, live)
