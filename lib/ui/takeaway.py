"""What a visitor takes away: citations and links, documents, charts as pictures, tables as CSV."""

import re
from collections.abc import Callable
from csv import QUOTE_NONNUMERIC
from functools import partial
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from pandas.io.formats.style import Styler

from lib.briefs import citations, pictures
from lib.briefs.citations import Cited
from lib.briefs.document import PAPERS, Document, Paper
from lib.ui import papers
from lib.ui.words import escaped

_PRINTED = 60  # rows of a table on paper; the CSV holds all
_ACTS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of a formula
_QUIET = {"displayModeBar": False}


# ---- citations and links ----------------------------------------------------------------------


def cite(cited: Cited) -> None:
    """A small window with the link and the citation in three forms."""
    with st.popover(
        "Cite and link", icon=":material/format_quote:", key=f"cite_{cited.key}", on_change="rerun"
    ) as window:
        if window.open:
            cited_as(cited)


def cited_as(cited: Cited) -> None:
    if cited.address:
        st.markdown("**Link**")
        st.code(cited.address, language=None, wrap_lines=True)
    for name, form in (("APA", citations.apa), ("BibTeX", citations.bibtex), ("RIS", citations.ris)):
        st.markdown(f"**{name}**")
        st.code(form(cited).strip(), language=None, wrap_lines=True)
    st.caption(f"Version {escaped(cited.edition.version)}, {cited.edition.date}. {citations.NO_DOI}")


# ---- documents --------------------------------------------------------------------------------


def paper(key: str) -> Paper:
    """On which paper: A4 or Letter; the choice is in the link."""
    names = {name: code for code, name in PAPERS.items()}
    chosen = st.segmented_control(
        "Paper", list(names), default="A4", required=True, key=key, bind="query-params", help="For PDF and Word."
    )
    return names[chosen or "A4"]


def document(name: str, make: Callable[[], Document], file: str, on: Paper) -> None:
    """A document in each format; it is made when a button is pressed."""
    st.markdown(f"**{name}**")
    with st.container(horizontal=True):
        for form, (ending, kind) in papers.FORMATS.items():
            st.download_button(
                form,
                partial(_made, make, form, on),
                f"{file}.{ending}",
                kind,
                key=f"take_{file}_{ending}",
                icon=":material/download:",
                on_click="ignore",
            )


def _made(make: Callable[[], Document], form: str, on: Paper) -> bytes:
    return papers.written(make(), form, on)


def file(label: str, make: Callable[[], str | bytes], name: str, kind: str) -> None:
    """A file that is made when its button is pressed."""
    st.download_button(label, make, name, kind, key=f"take_{name}", icon=":material/download:", on_click="ignore")


# ---- charts and tables ------------------------------------------------------------------------


def chart(figure: go.Figure, alt: str, name: str = "", **more: Any) -> Any:
    """A chart, with PNG and SVG to download where this computer can draw them, else with its own camera.

    `name`: of the file, and on the page; else its key, else its description.
    """
    name = _slug(name or more.get("key") or alt)
    here = pictures.browser() is not None
    drawn = st.plotly_chart(figure, config=_QUIET if here else _camera(name), alt=alt, **more)
    if here:
        with st.container(horizontal=True, gap="small"):
            for form, kind in (("png", "image/png"), ("svg", "image/svg+xml")):
                make = partial(pictures.drawn, figure, form)
                _small(form.upper(), make, f"{name}.{form}", kind, f"The chart as {form.upper()}: {alt}", "image")
    return drawn


def _camera(name: str) -> dict[str, Any]:
    picture = {"format": "svg", "filename": f"trilemma-{name}"}
    return {"displaylogo": False, "modeBarButtons": [["toImage"]], "toImageButtonOptions": picture}


def table(frame: pd.DataFrame | Styler, alt: str, name: str = "", **more: Any) -> Any:
    """A table with all its rows as CSV, and its first rows as plain text for paper. `name` as of a chart."""
    plain = frame if isinstance(frame, pd.DataFrame) else frame.data
    if plain.empty:
        st.caption("None yet.")
        return None
    name, index = _slug(name or more.get("key") or alt), not more.get("hide_index")
    drawn = st.dataframe(frame, alt=alt, **more)
    rows_as_csv(plain, name, alt, index)
    with st.container(key=f"print_{name}"):
        st.html(_on_paper(plain, index))
    return drawn


def rows_as_csv(frame: pd.DataFrame, name: str, alt: str, index: bool = False) -> None:
    told = f"All {len(frame):,} rows: {alt}"
    _small("CSV", partial(csv, frame, index), f"{name}.csv", "text/csv", told, "download")


def _small(label: str, make: Callable[[], str | bytes], name: str, kind: str, told: str, icon: str) -> None:
    st.download_button(
        label,
        make,
        f"trilemma-{name}",
        kind,
        key=f"take_{name}",
        type="tertiary",
        icon=f":material/{icon}:",
        on_click="ignore",
        help=told[:200],
    )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60]


def csv(frame: pd.DataFrame, index: bool = False) -> str:
    """The rows as CSV, in which no text can act as a formula of a spreadsheet."""
    safe = frame.copy()
    for column in safe.columns[[not pd.api.types.is_numeric_dtype(t) for t in safe.dtypes]]:
        safe[column] = safe[column].map(_inert)
    # Text always in quotes: pandas leaves them off a carriage return, which readers take for the end of a row.
    return safe.to_csv(index=index, quoting=QUOTE_NONNUMERIC)


def _inert(value: object) -> object:
    """Text that a spreadsheet would compute, led by an apostrophe; a signed number with words after it stays."""
    if isinstance(value, str) and value.startswith(_ACTS):
        signed = value[:1] in "+-" and value[1:2].isdigit() and not set("=|!(@") & set(value.partition(" ")[0])
        return value if signed else f"'{value}"
    return value


def _on_paper(frame: pd.DataFrame, index: bool) -> str:
    rows = frame.head(_PRINTED).to_html(
        index=index, border=0, escape=True, na_rep="", classes="tri-print", float_format="{:.4g}".format
    )
    more = f"<p>The first {_PRINTED} of {len(frame):,} rows; the CSV holds all.</p>" if len(frame) > _PRINTED else ""
    return f"{rows}{more}"
