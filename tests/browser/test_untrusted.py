"""Model text that tries to act: markup, scripts, remote pictures, huge lines, characters that turn or hide text."""

import re

import pytest
from playwright.sync_api import expect

from lib.dataset import stored_responses
from tests.browser.conftest import serve
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


@pytest.fixture
def planted(tiny_data):
    case = the_case(tiny_data)
    answers = [response(case, sample=k, text=text, rendered=text[:2000]) for k, text in enumerate(PLANTED)]
    store_answers(tiny_data, answers)
    store_scores(tiny_data, answers)
    assert [r.text for r in stored_responses(tiny_data)] == PLANTED
    yield from serve({"TRILEMMA_DATA": str(tiny_data.data), "TRILEMMA_CASES": str(tiny_data.cases)})


def _nothing_acted(visitor) -> None:
    page = visitor.page
    assert page.evaluate("document.body.dataset.hit") is None
    assert (
        page.locator(
            "[data-testid=stMain] :is(img, iframe, script, svg[onload], a[href^='javascript'], a[href*='127.0.0.1:9'])"
        ).count()
        == 0
    )
    assert visitor.foreign == [] and not [m for m in visitor.console if "Failed to load resource" not in m]


@pytest.mark.parametrize("sample", range(1, len(PLANTED) + 1))
def test_a_planted_answer_is_shown_literally_and_does_nothing(visit, planted, sample):
    visitor = visit(planted)
    visitor.open(f"/case?sample={sample}")
    page, text = visitor.page, PLANTED[sample - 1]
    answer = page.locator(".tri-text").nth(1)
    expect(answer).to_be_visible()
    shown = answer.inner_text()
    visible = re.sub(r"[\x00-\x1f\u200b-\u206f\U000e0000-\U000e007f]", lambda m: f"[U+{ord(m[0]):04X}]", text)
    assert re.sub(r"\s+", " ", shown) == re.sub(r"\s+", " ", visible[: len(shown)])
    if len(text) > 20_000:
        expect(page.get_by_text("The first 20,000 of 80,000 characters are shown.")).to_be_visible()
    else:
        assert len(shown) >= len(visible) - 5
    page.get_by_text("Exact prompt and run").first.click()
    expect(page.get_by_text("The exact text put to the model")).to_be_visible()
    _nothing_acted(visitor)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth")


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
