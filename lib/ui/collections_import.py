"""Bringing files: what was recognised and what they hold, before anything is kept; columns mapped anew."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from lib.collections.describe import mapping_line, warnings
from lib.collections.records import Collection, ImportedFile, Survey
from lib.formats.items import NoAnswers
from lib.formats.plain import ColumnMapping
from lib.ui import words

_TOOLS = (
    "Inspect, lm-eval, promptfoo, LLM Comparator, AlpacaEval, MT-bench and Arena-Hard, OpenAI evals, ChainForge,"
    " EvalScope, preference data of TRL and others, and plain JSON, CSV, Excel or Parquet"
)
_NONE = "(none)"


def introduction() -> None:
    st.markdown(
        f"Look at answers that you have already: from {_TOOLS}. They stay on this computer, in the same side by side,"
        " with your own checks, and go out again for other tools."
    )


class Brought(NamedTuple):
    """What the visitor brings: uploaded files, names of files that lie in the folder, and what it is to be called."""

    sent: list
    picked: list[str]


def files(most_megabytes: int, pickable: Sequence[str], folder: str, number: int) -> Brought:
    """Where files come in."""
    sent = st.file_uploader(
        "Files",
        accept_multiple_files=True,
        key=f"collections_files_{number}",  # another number: an empty box
        max_upload_size=most_megabytes,
        help="What belongs together, together: answers, the questions that they refer to, ratings of them. The format"
        " is found out from what is in the files.",
    )
    picked = (
        st.multiselect(f"Or from the folder {folder}", pickable, key=f"collections_picked_{number}") if pickable else []
    )
    st.caption(
        f"Up to {most_megabytes} MB a file. Larger ones: `python -m lib import FILE... --as NAME`. Files in {folder} on"
        " this computer can be picked here too."
    )
    return Brought(list(sent or ()), picked)


def naming(suggested: str) -> tuple[str, str]:
    """The collection's name, and the model of files that name none."""
    left, right = st.columns(2)
    name = left.text_input("Name of the collection", value=suggested, key="collections_name", max_chars=60)
    model = right.text_input(
        "Model, where a file names none",
        key="collections_model",
        max_chars=100,
        placeholder="the file's name",
    )
    return name.strip(), model.strip()


def refused(fault: str) -> None:
    st.error(words.escaped(fault), icon=":material/error:")
    st.caption("Nothing was kept.")


def refused_table(fault: NoAnswers) -> None:
    """A file without answers, as the table that it is."""
    refused(str(fault))
    if fault.rows:
        st.caption(f"This is what it holds: {min(len(fault.rows), 200):,} of {fault.total:,} rows.")
        shown = [{str(k): "" if v is None else str(v)[:500] for k, v in row.items()} for row in fault.rows[:200]]
        st.dataframe(pd.DataFrame(shown), hide_index=True, height=320, alt="The file as a table")


def preview(staged: Collection) -> None:
    """What was recognised and counted, before it is kept."""
    survey = staged.survey
    for file in staged.files:
        _file(file)
    a, b, c, d = st.columns(4)
    a.metric("Answers", f"{survey.kept:,}", help="Each kept once, those that come with ratings included.")
    b.metric("Prompts", f"{survey.prompts:,}")
    c.metric("Models", f"{len(staged.models):,}")
    d.metric("Prompts that all models answered", f"{survey.shared:,}")
    for line in warnings(survey):
        st.warning(words.escaped(line), icon=":material/warning:")
    for title, rows, alt in (
        ("Answers in the files", _answers(survey), "Answers of each model in the files"),
        ("Scores in the files", _scores(survey), "The scores that came with the answers"),
        ("Preferences in the files", _preferences(survey), "The preferences between answers"),
    ):
        if rows:
            st.markdown(f"**{title}**")
            st.dataframe(pd.DataFrame(rows), hide_index=True, alt=alt)


def _answers(survey: Survey) -> list[dict[str, Any]]:
    return [
        {
            "model": m.name or "(not named)",
            "answers": m.answers,
            "characters on average": round(m.mean_chars, 1),
            "blank": m.empty,
            "failed": m.failed,
        }
        for m in survey.models
    ]


def _scores(survey: Survey) -> list[dict[str, Any]]:
    return [
        {
            "scorer": m.scorer,
            "scores": m.scores,
            "mean": None if m.mean is None else round(m.mean, 4),
            "of numbers": m.numbers,
            "labels": ", ".join(f"{k}: {n:,}" for k, n in list(m.labels.items())[:8]),
            "without a score": m.missing,
        }
        for m in survey.marks
    ]


def _preferences(survey: Survey) -> list[dict[str, Any]]:
    return [
        {
            "rater": p.rater,
            "A": p.model_a,
            "B": p.model_b,
            "A better": p.a,
            "B better": p.b,
            "ties": p.ties,
            "failed ratings": p.failed,
            "B wins, % (ties half)": None if p.win_rate_b is None else round(100 * p.win_rate_b, 2),
        }
        for p in survey.pairs
    ]


def _file(file: ImportedFile) -> None:
    how = f" ({'; '.join(file.details)})" if file.details else ""
    st.markdown(f"**{words.escaped(file.name)}**: {words.escaped(file.format)}{words.escaped(how)}, {file.rows:,} rows")
    for note in file.notes:
        st.caption(words.escaped(note))
    if file.mapping:
        st.caption(words.escaped(mapping_line(file)))


def columns(
    file: str, every: Sequence[str], guess: ColumnMapping, delimiter: bool
) -> tuple[ColumnMapping, str | None] | None:
    """Columns of a plain file mapped by the visitor; None until they say so."""
    key = f"collections_map_{file}"
    with st.form(key), st.expander(f"Columns of {words.escaped(file)}", icon=":material/view_column:"):
        left, right = st.columns(2)
        prompt = left.multiselect("Prompt", every, default=list(guess.prompt), key=f"{key}_prompt")
        answers = right.multiselect(
            "Answers",
            every,
            default=list(guess.responses),
            key=f"{key}_answers",
            help="Several columns: each is a model, and called after its column.",
        )
        named = left.selectbox("Model", [_NONE, *every], index=_place(every, guess.model), key=f"{key}_model")
        scores = right.multiselect("Scores", every, default=list(guess.marks), key=f"{key}_scores")
        split = (
            left.selectbox("Delimiter", ["found out", ",", ";", "tab", "|"], key=f"{key}_split")
            if delimiter
            else "found out"
        )
        if not st.form_submit_button("Read again with these columns", icon=":material/refresh:"):
            return None
    model = None if named == _NONE else named
    single = len(answers) == 1
    responses = {a: "" if single else guess.responses.get(a) or a for a in answers}
    mapping = guess.model_copy(
        update={"prompt": tuple(prompt), "responses": responses, "model": model, "marks": tuple(scores)}
    )
    return mapping, {"found out": None, "tab": "\t"}.get(split, split)


def _place(every: Sequence[str], column: str | None) -> int:
    return 1 + list(every).index(column) if column is not None and column in every else 0


def reading(work: Callable[[Callable[[float, str], None]], None], stop: Callable[[], None]) -> None:
    """Runs long work with a bar and a stop button: the button ends this run of the script, and so the work."""
    place = st.empty()
    with place.container():
        left, right = st.columns([4, 1], vertical_alignment="center")
        bar = left.progress(0.0, "Reading …")
        right.button("Stop", key="collections_stop", icon=":material/stop_circle:", on_click=stop, width="stretch")
    shown = [-1.0]

    def tell(share: float, what: str) -> None:
        if share - shown[0] >= 0.01 or share >= 1:
            shown[0] = share
            bar.progress(share, f"Reading {words.escaped(what)} …")

    work(tell)
    place.empty()
