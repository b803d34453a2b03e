"""What a collection goes out as: chosen, made, and offered for download."""

import tempfile
from pathlib import Path

import streamlit as st

from lib.collections.export import export
from lib.collections.records import Collection
from lib.collections.selection import SUFFIX, Asked, Format
from lib.domain import TrilemmaError
from lib.ui import collected, words

_MOST = 50_000  # answers that are written while a visitor waits
_FORMATS: dict[str, Format] = {
    "Excel (CSV that it opens right)": "excel",
    "CSV for programs": "csv",
    "JSON Lines": "jsonl",
    "Parquet": "parquet",
    "TRL preference pairs, as text": "trl-text",
    "TRL preference pairs, as messages": "trl-messages",
    "LLM Comparator": "llm-comparator",
}
_MIME = {".csv": "text/csv", ".jsonl": "application/jsonl", ".json": "application/json", ".html": "text/html"}


def section(mine: Collection) -> None:
    """The whole collection in a format of the visitor's choice."""
    st.subheader("Take the collection away", anchor=False)
    form = _FORMATS[st.selectbox("Format", list(_FORMATS), key="collection_format")]
    asked = _asked(mine, form)
    if asked is None:
        return
    if mine.survey.kept > _MOST:
        st.caption(f"This collection is large: `python -m lib export {mine.name} --format {form} --output FILE`")
    elif st.button("Make the file", key="collection_make", icon=":material/file_export:"):
        _offer(
            mine,
            asked,
            f"{mine.name}-{asked.what}" if form in ("excel", "csv", "jsonl", "parquet") else f"{mine.name}-{form}",
        )
    st.caption(
        "Tables hold every answer, or every preference, with its prompt, its scores and where it comes from; imported"
        " again they give the same rows. In a notebook: `duckdb.sql(\"FROM 'FILE.parquet'\")`."
    )


def _asked(mine: Collection, form: Format) -> Asked | None:
    if form in ("excel", "csv", "jsonl", "parquet"):
        what = st.segmented_control(
            "Rows", ["answers", "preferences"], default="answers", required=True, key="collection_rows"
        )
        return Asked(form, "preferences" if what == "preferences" else "answers")
    if form == "llm-comparator":
        labels = {m.label: m.id for m in mine.models}
        picked = st.multiselect(
            "Two models, A first", list(labels), max_selections=2, key="collection_two", default=list(labels)[:2]
        )
        if len(picked) < 2:
            st.caption("It shows two models.")
            return None
        return Asked(form, models=tuple(labels[p] for p in picked))
    scorers = [f"score:{m.row.scorer}" for m in collected.mark_means(mine) if m.row.numbers]
    ways = [
        *(["preferences"] if mine.survey.preferences else []),
        *(["checks"] if mine.checks else []),
        *dict.fromkeys(scorers),
    ]
    if not ways:
        st.caption(
            "Pairs need preferences, checks or scores: this collection has none. Add a check under *pairs and checks*."
        )
        return None
    by = st.selectbox("A pair is two answers to a prompt of which one is better by", ways, key="collection_by")
    st.caption(
        "Ties and unrated answers are left out, and counted. Several raters of the same two answers count as"
        " one pair: the side that more of them prefer."
    )
    return Asked(form, by=by)


def one_comparison(mine: Collection, prompt_id: str, models: tuple[str, ...]) -> None:
    """What is on the screen, as a page of its own."""
    if st.button("This comparison as a page (HTML)", key="collection_page", icon=":material/html:"):
        _offer(mine, Asked("html", models=models, prompt_id=prompt_id), f"{mine.name}-{prompt_id.partition('/')[0]}")


def _offer(mine: Collection, asked: Asked, stem: str) -> None:
    suffix = SUFFIX[asked.format]
    with tempfile.TemporaryDirectory() as folder, st.spinner("Writing …"):
        file = Path(folder) / f"out{suffix}"
        try:
            written = export(collected.store(mine), mine, asked, file)
        except TrilemmaError as fault:
            st.error(words.escaped(str(fault)), icon=":material/error:")
            return
        data = file.read_bytes()
    st.download_button(
        f"Download ({written.rows:,} rows, {len(data) / 2**20:.1f} MB)",
        data,
        f"{stem}{suffix}",
        _MIME.get(suffix, "application/octet-stream"),
        key="collection_download",
        icon=":material/download:",
        on_click="ignore",
    )
    for note in written.notes:
        st.caption(words.escaped(note))
