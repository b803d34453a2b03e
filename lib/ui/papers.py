"""Cached doors to the documents that visitors take away, and to the address that makes each again."""

from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import urlencode, urlsplit

import streamlit as st

from lib.briefs import docx, html, pdf
from lib.briefs.case_file import case_json, case_markdown
from lib.briefs.chapter import chapter
from lib.briefs.document import Document, Edition, Paper
from lib.briefs.edition import edition as edition_of
from lib.briefs.evidence import Evidence
from lib.briefs.finding import Finding
from lib.briefs.handout import handout
from lib.briefs.policy import Item, Wording, brief
from lib.briefs.teacher import teacher_sheet
from lib.cases.shape import CLAIMS
from lib.domain import Foundation
from lib.findings.told import sets, short_models
from lib.paths import paths
from lib.ui import cached

CASE, CLAIM, SET = "case", "claim", "tuning"  # kinds of items of a brief, before the colon in the address
FORMATS = {"PDF": ("pdf", "application/pdf"), "Word": ("docx", docx.TYPE), "HTML": ("html", "text/html")}
_shared = partial(st.cache_resource, show_spinner=False)


def edition() -> Edition:
    return edition_of(paths())


def address(page: str, query: Mapping[str, str | Sequence[str]] | None = None) -> str:
    """Where a page of this installation stands, with its choices; empty where the browser hasn't told."""
    here = urlsplit(st.context.url or "")
    if not here.scheme:
        return ""
    asked = f"?{urlencode(query, doseq=True)}" if query else ""
    return f"{here.scheme}://{here.netloc}/{page}{asked}"


def written(document: Document, form: str, paper: Paper) -> bytes:
    """In the format with this name; all in the size of type that the PDF needs."""
    fitted = pdf.fitted(document, paper)
    return {"PDF": pdf.written, "Word": docx.written, "HTML": html.written}[form](fitted, paper)


# ---- of a case and of a chapter ---------------------------------------------------------------


def case_address(case_id: str) -> str:
    study = cached.case(case_id)
    return address("case", {"case": study.title}) if study else ""


def evidence(case_id: str) -> Evidence:
    """What is known of a case. Raises KeyError where there is no such case."""
    study = cached.case(case_id)
    if study is None:
        raise KeyError(case_id)
    models = cached.models()
    row = next(r for r in cached.case_rows() if r.id == case_id)
    return Evidence(
        study,
        cached.case_differences(case_id),
        models,
        [m for m in cached.answering_models(case_id) if m in models],
        row.responses,
        lambda prompt_id, model_id: cached.every_response(cached.Asked(prompt_id, (model_id,), None)),
    )


def case_handout(case_id: str, where: str, with_answers: bool | None) -> Document:
    return handout(evidence(case_id), edition(), where, with_answers)


def case_teacher_sheet(case_id: str, where: str) -> Document:
    return teacher_sheet(evidence(case_id).case, edition(), where)


def case_as_json(case_id: str, where: str) -> str:
    known = evidence(case_id)
    return case_json(known.case, cached.check_counts(case_id), known.differences, edition(), where)


def case_as_markdown(case_id: str) -> bytes:
    return case_markdown(paths().cases, case_id)


def foundation_chapter(found: Foundation, where: str) -> Document:
    return chapter(found, {r.id: r.title for r in cached.case_rows()}, edition(), where)


# ---- of a brief -------------------------------------------------------------------------------


def brief_items() -> dict[str, str]:
    """Everything that a brief can hold: how it stands in the address -> what it is called."""
    out = {f"{CASE}:{r.id}": f"{r.title} (case {r.number})" for r in cached.case_rows()}
    if found := cached.findings():
        out |= {f"{SET}:{s.root.id}": f"What tuning did to {s.root.label}" for s in sets(found, cached.models())}
        out |= {f"{CLAIM}:{c.claim}": f"Claim: {CLAIMS[c.claim]}" for c in found.claims.claims}
    return out


def policy_brief(items: Sequence[str], wording: Wording, where: str) -> Document:
    """`items`: each as in `brief_items`. Raises KeyError for another."""
    return brief([_item(i) for i in items], wording, edition(), where)


def _item(name: str) -> Item:
    kind, _, about = name.partition(":")
    if kind == CASE:
        return evidence(about)
    found, models = cached.findings(), cached.models()
    if found is None:
        raise KeyError(name)
    known = {s.root.id: s for s in sets(found, models)} if kind == SET else {c.claim: c for c in found.claims.claims}
    titles = {r.id: r.title for r in cached.case_rows()}
    return Finding(found, known[about], models, short_models(models.values()), titles)


@_shared(max_entries=30, ttl=600)
def page_pictures(_document: Document, key: str, paper: Paper) -> list[bytes]:
    """Its pages, to be looked at. `key`: what the document was made from."""
    return pdf.pictures(pdf.fitted(_document, paper), paper)
