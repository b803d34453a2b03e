"""Every case of the library on two pages, on both papers; and the longest briefs on six."""

import pytest

from lib.briefs import pdf
from lib.briefs.document import PAPERS, Document
from lib.briefs.finding import Finding
from lib.briefs.handout import handout
from lib.briefs.policy import MOST_ITEMS, MOST_NOTE, MOST_PAGES, MOST_TITLE, Wording, brief
from lib.domain import CaseStudy
from lib.findings.told import sets, short_models
from lib.ui import cached, papers
from tests.briefs.conftest import EDITION
from tests.pages.conftest import _copy, clear_caches, real_library  # noqa: F401

_LEAST = 7.5  # points: what can still be read on paper


@pytest.fixture(autouse=True)
def fresh_caches():
    clear_caches()


@pytest.mark.parametrize("paper", PAPERS)
def test_every_handout_has_two_pages(real_library, paper):  # noqa: F811
    wrong = {}
    for row in cached.case_rows():
        document = pdf.fitted(
            handout(papers.evidence(row.id), EDITION, f"http://localhost/case?case={row.id}", True), paper
        )
        number = pdf.pages(document, paper)
        if number != 2 or document.size < _LEAST:
            wrong[row.id] = (number, document.size)
    assert wrong == {}


def _length(case: CaseStudy) -> int:
    texts = [*case.sections.values(), *(p.text for p in case.prompts), *(h.why for h in case.policy)]
    return sum(map(len, texts)) + sum(len(f.text) + len(f.source) for f in (*case.facts, *case.mirrors))


def _pages(document: Document) -> int:
    return pdf.pages(pdf.fitted(document))


def test_a_brief_has_two_to_six_pages(real_library):  # noqa: F811
    """The longest cases with the longest note, the shortest case alone, and each finding alone."""
    cases = sorted((papers.evidence(r.id) for r in cached.case_rows()), key=lambda e: -_length(e.case))
    fullest = brief(cases[:MOST_ITEMS], Wording("w" * MOST_TITLE, "note " * (MOST_NOTE // 5)), EDITION)
    assert 2 < _pages(fullest) <= MOST_PAGES
    assert 2 <= _pages(brief(cases[-1:], Wording(), EDITION)) <= MOST_PAGES
    found, models = cached.findings(), cached.models()
    assert found is not None
    names, titles = short_models(models.values()), {r.id: r.title for r in cached.case_rows()}
    for about in (*sets(found, models), *found.claims.claims):
        alone = brief([Finding(found, about, models, names, titles)], Wording(), EDITION)
        assert 2 <= _pages(alone) <= MOST_PAGES
