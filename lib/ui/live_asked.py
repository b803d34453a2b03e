"""A prompt that was put to models, with its answers: as they grow, when it was stopped, when a later one failed."""

import textwrap
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager

import streamlit as st

from lib.domain import LiveRun, Model, Prompt
from lib.text import text_block
from lib.ui import cards, words
from lib.ui import case as case_view
from lib.worker.job import Job, ModelPart


@contextmanager
def answers_to(prompts: Sequence[Prompt], over: bool, refused: bool) -> Generator[None]:
    """The place of a prompt's answers, under the prompt itself; of several, each answer says its own.

    `refused`: a later prompt could not be run. Its error is not to stand over answers to these: they are folded.
    """
    first, *others = prompts
    earlier = "earlier prompts" if others else "earlier prompt"
    if refused and over:
        opening = words.escaped(textwrap.shorten(first.text, 80, placeholder=" …"))
        more = f" and {len(others)} more" if others else ""
        with st.expander(f"Answers to your {earlier}: “{opening}”{more}", icon=":material/history:"):
            yield
        return
    unfinished = f"Your {earlier} {'are' if others else 'is'} still being answered"
    st.header(unfinished if refused else "Asked", anchor=False)
    if not others:
        with st.container(key="live_asked"):
            case_view.prompt_text(first)
    yield


def growing_answers(parts: Mapping[str, ModelPart], models: Mapping[str, Model]) -> None:
    """What has been written so far, and a grey shape where nothing has been."""
    for column, (model_id, part) in zip(cards.side_by_side(len(parts)), parts.items(), strict=True):
        with column:
            cards.model_head(models[model_id])
            if part.error:
                st.error(words.escaped(part.error))
                continue
            written = [(number, a) for number, a in enumerate(part.answers, start=1) if a.text]
            if not written:
                st.skeleton(height=96)
            for number, answer in written:
                st.caption(f"Sample {number} of {len(part.answers)} · {answer.tokens} tokens")
                st.html(text_block(answer.text))


def nothing_written(jobs: Sequence[Job], lives: Sequence[LiveRun]) -> bool:
    """Whether the visitor stopped all jobs before there was a word to show."""
    return all(j.state == "cancelled" for j in jobs) and not any(r.text for live in lives for r in live.responses)


def stopped_early(job: Job) -> None:
    before = "before any model had answered" if job.begun else "while your prompt waited for its turn"
    st.info(f"{job.message.rstrip('.')}, {before}. *Ask the models* starts again.", icon=":material/stop_circle:")


def not_here(labels: Sequence[str], here: Sequence[Model]) -> None:
    """Which of the models that a link names can't be asked, as they are not on this computer."""
    known = {m.label for m in here}
    if missing := [label for label in dict.fromkeys(labels) if label not in known]:
        st.caption(f"Not on this computer, so not asked: {words.escaped(', '.join(missing))}. See *Models*.")
