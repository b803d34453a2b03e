"""Model text that tries to act: markup, scripts, remote pictures, huge lines, characters that turn or hide text."""

import re

import pytest
from playwright.sync_api import expect

from lib.manifest import stored_responses
from tests.browser.conftest import serve_small
from tests.makers import response, store_answers, store_scores, the_case

pytestmark = pytest.mark.browser

PLANTED = [
    '<script>document.body.dataset.hit = "script"</script> after the script',
    (
        '<img src="http://127.0.0.1:9/x.png" onerror="document.body.dataset.hit = 1"> <svg'
        ' onload="document.body.dataset.hit = 2"></svg> <iframe src="http://127.0.0.1:9/"></iframe>'
    ),
    (
        "![picture](http://127.0.0.1:9/remote.png) [link](javascript:document.body.dataset.hit=3) <a"
        ' href="http://127.0.0.1:9/">link</a>'
    ),
    "</div></div></main><style>* { display: none }</style> :red[red] $x^2$ :material/home: # heading",
    "word" * 20_000,
    (
        "right to left \u202eevil txt.exe\u202c and \u2066isolated, bell \x07, null \x00, escape \x1b[31m, zero \u200b"
        " width, tag \U000e0041"
    ),
    '"><script>document.body.dataset.hit = "attr"</script><mark title="',
]


@pytest.fixture(scope="module")
def planted(small):
    case = the_case(small)
    answers = [response(case, sample=k, text=text, rendered=text[:2000]) for k, text in enumerate(PLANTED)]
    store_answers(small, answers)
    store_scores(small, answers)
    assert [r.text for r in stored_responses(small)] == PLANTED
    yield from serve_small(small)


def _nothing_acted(visitor) -> None:
    page = visitor.page
    assert page.evaluate("document.body.dataset.hit") is None
    acting = ":is(img, iframe, script, svg[onload], a[href^='javascript'], a[href*='127.0.0.1:9'])"
    assert page.locator(f":is([data-testid=stMain], [role=dialog]) {acting}").count() == 0
    assert visitor.foreign == [] and not [m for m in visitor.console if "Failed to load resource" not in m]


def _literal(text: str) -> str:
    """The text as it is to be read, on one line: what can't be seen is named."""
    named = re.sub(r"[\x00-\x1f\u200b-\u206f\U000e0000-\U000e007f]", lambda m: f"[U+{ord(m[0]):04X}]", text)
    return re.sub(r"\s+", " ", named)


def test_planted_answers_are_shown_literally_and_do_nothing(visit, planted):
    """One after the other, each with the window that tells of it."""
    visitor = visit(planted)
    visitor.open("/case?sample=1")
    page = visitor.page
    for number, text in enumerate(PLANTED, start=1):
        answer, whole = page.locator(".tri-text").nth(1), _literal(text)
        expect(answer).to_have_text(whole if len(whole) <= 20_000 else whole[:20_000])
        assert page.get_by_text("The first 20,000 of 80,000 characters are shown.").count() == (len(text) > 20_000)
        page.get_by_role("button", name="Details").click()
        window = page.get_by_role("dialog", name="About this answer")
        expect(window.get_by_text("The exact text put to the model")).to_be_visible()
        visitor.settled()
        _nothing_acted(visitor)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth")
        page.keyboard.press("Escape")
        expect(window).to_have_count(0)
        if number < len(PLANTED):
            page.get_by_role("spinbutton", name="Sample").press("ArrowUp")
            expect(page.get_by_text(f"Sample {number + 1} of {len(PLANTED)}")).to_be_visible()


def test_planted_answers_compared_word_by_word_and_found_by_search_do_nothing(visit, planted):
    visitor = visit(planted)
    visitor.open("/case")
    page = visitor.page
    page.get_by_text("Compare two answers word by word").click()
    expect(page.get_by_text("of the words are shared")).to_be_visible()
    _nothing_acted(visitor)
    visitor.open("/cases?q=" + "%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    _nothing_acted(visitor)
    visitor.open("/case?case=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    _nothing_acted(visitor)
