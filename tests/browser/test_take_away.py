"""What leaves the app by way of a browser: a downloaded hand-out, a printed page, a chart as a picture."""

import io
import re

import pypdf
import pytest
from playwright.sync_api import Page, expect

from lib.briefs import pictures
from lib.charts import LIGHT, forest
from tests.browser.conftest import serve_small
from tests.makers import response, store_answers, store_checks, the_case

pytestmark = pytest.mark.browser

LONG = "\n".join(f"Line {k} of a long answer: I broke it." for k in range(80))


@pytest.fixture(scope="module")
def served(small):
    case = the_case(small)
    store_answers(small, [response(case, sample=k, text=LONG) for k in range(2)])
    store_checks(small)
    yield from serve_small(small)


def _printed(page: Page) -> str:
    """The words of the page on paper."""
    pages = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    return " ".join(" ".join(p.extract_text() for p in pages).split())


def test_a_printed_case_is_whole_and_has_no_widgets(visit, served):
    """Of an answer that scrolls on the screen, the last line; of a box that is shut, the words; of buttons, nothing."""
    visitor = visit(served)
    visitor.open("/case")
    page = visitor.page
    expect(page.get_by_text("Line 0 of a long answer").first).to_be_visible()
    shut = (
        "Who is harmed by the note?",  # for discussion
        "Whether the cat is blamed.",
        "Vary the animal.",  # the last of three uses; the first is chosen
        "is told something false",
        "knocked over the vase",  # a reference reply
    )
    assert not any(page.get_by_text(words).first.is_visible() for words in shut)
    printed = _printed(page)
    assert "Line 0 of a long answer" in printed and "Line 79 of a long answer" in printed
    assert [words for words in shut if words not in printed] == []
    assert "Plain request unreadable (2)" in printed  # the grid, as a plain table; the answers repeat themselves
    widgets = ("Take away", "Cite and link", "Class view", "Ask this prompt live", "Compare two answers", "Where next")
    assert [widget for widget in widgets if widget in printed] == []


def test_the_teachers_notes_are_printed_whole(visit, served):
    visitor = visit(served)
    visitor.open("/case?case=broken-vase&notes=true")
    expect(visitor.page.get_by_text("When did you last write such a note?")).to_be_visible()
    printed = _printed(visitor.page)
    told = (
        "Materials",
        "Discussion protocol",
        "One speaks at a time.",
        "Whether the cat is blamed.",
        "Vary the animal.",
    )
    assert [words for words in told if words not in printed] == []


def test_a_handout_is_downloaded_on_the_paper_that_was_chosen(visit, served):
    visitor = visit(served)
    visitor.open("/case")
    page = visitor.page
    page.get_by_role("button", name="Take away").click()
    page.get_by_role("radio", name="Letter").click()
    expect(page).to_have_url(re.compile("paper=Letter"))
    visitor.settled()
    visitor.still()  # the address changes before the run that makes the new button
    with page.expect_download() as download:
        page.get_by_role("button", name="PDF").first.click()
    reader = pypdf.PdfReader(download.value.path())
    assert download.value.suggested_filename == "broken-vase-handout.pdf" and len(reader.pages) == 2
    assert [round(x) for x in reader.pages[0].mediabox[2:]] == [612, 792]


@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG"), ("svg", b"<svg")])
def test_a_chart_is_drawn_as_a_picture_without_a_network(form, start):
    import pandas as pd

    row = {"case": "a", "label": "A <b>case</b>", "verdict": "possible", "up": "honest", "down": "helpful"}
    numbers = {f"{side}_{k}": v for side in ("up", "down") for k, v in {"value": 0.1, "low": 0, "high": 0.2}.items()}
    made = pictures.drawn(forest(pd.DataFrame([row | numbers]), LIGHT), form)
    assert made.startswith(start) and len(made) > 2000
