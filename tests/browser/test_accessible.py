"""WCAG 2.2 AA by axe-core on every page, in both themes and sizes; what stands where on a screen; the keyboard."""

from itertools import pairwise
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
_AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_CASE = "/case?case=are-you-human"
PAGES = (
    "/",
    "/cases",
    "/cases?q=AI+Act+Article+50",
    "/cases?q=xylophone",
    "/cases?view=table",
    "/cases?view=map",
    "/cases?view=tours",
    _CASE,
    f"{_CASE}&every_check=true&replies=true&discuss=true&in_use=true&sources=true",
    f"{_CASE}&class_view=true",
    f"{_CASE}&class_view=true&step=Reveal",
    "/case?case=gone",
    "/findings",
    "/brief?item=case%3Aare-you-human",
    "/weights",
    "/foundations?chapter=system-safety",
    "/live",
    "/collections",
    "/tuning",
    "/preferences",
    "/models",
    "/add_model",
    "/method",
    "/trust",
    "/class_hour",
    "/study",
    "/join",
)


def _violations(page: Page) -> list[str]:
    """Each rule that is broken, with the first place; headings that jump a level; what stands out of the window."""
    page.evaluate(_AXE)
    found = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}}).then(r => r.violations)", _TAGS)
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].filter(e => e.checkVisibility()).map(e => +e.tagName[1])"
    )
    jumps = [f"a heading of level {b} after {a}" for a, b in pairwise(levels) if b > a + 1]
    main = page.get_by_test_id("stMain")
    wide = (
        ["wider than the window"]
        if main.evaluate("e => Math.max(e.scrollWidth, document.documentElement.scrollWidth) > innerWidth")
        else []
    )
    return [f"{v['id']}: {v['nodes'][0]['failureSummary']} {v['nodes'][0]['html'][:200]}" for v in found] + jumps + wide


@pytest.mark.parametrize(
    ("width", "theme", "pages"),
    [(1440, "light", PAGES), (390, "dark", PAGES), (1440, "dark", PAGES[7:12]), (390, "light", PAGES[7:12])],
)
def test_axe_finds_nothing_on_any_page_and_all_fit_the_window(visit, width, theme, pages):
    visitor = visit(width=width, color_scheme=theme)
    broken = {}
    for path in pages:
        visitor.open(path)
        visitor.still()
        if found := _violations(visitor.page):
            broken[path] = found
    assert broken == {}
    assert visitor.foreign == []


_FIRST_ANSWER = """() => [...document.querySelectorAll('.tri-text')].find(e => !e.closest('.tri-turns'))
  .getBoundingClientRect().top"""


@pytest.mark.parametrize(("width", "height", "most"), [(1440, 900, 900), (390, 844, 1_400)])
@pytest.mark.parametrize("case", ["are-you-human", "first-poem", "wrong-sum-sure-user", "are-you-sure"])
def test_the_first_answer_stands_near_the_top_of_a_case(visit, case, width, height, most):
    visitor = visit(width=width)
    visitor.page.set_viewport_size({"width": width, "height": height})
    visitor.open(f"/case?case={case}")
    visitor.still()
    assert visitor.page.evaluate(_FIRST_ANSWER) < most  # pixels


@pytest.mark.parametrize(
    "case", ["the-bot-promised-a-refund", "smooth-the-dates", "are-you-human"]
)  # two of the longest
def test_a_case_is_not_endless_on_a_phone(visit, case):
    visitor = visit(width=390)
    visitor.open(f"/case?case={case}")
    visitor.still()
    assert visitor.page.get_by_test_id("stMain").evaluate("e => e.scrollHeight") <= 5_000  # pixels


_LOOKS_CHANGE = 100  # ms in which a field that has got or lost the focus begins to look otherwise
# A field's frame belongs to a box around it.
_LOOK = """e => [e, ...[1, 2, 3].map(n => { let x = e; while (n-- && x) x = x.parentElement; return x })]
  .filter(x => x && (x === e || e.matches('input'))).map(x => {
  const s = getComputedStyle(x); return [s.outlineStyle, s.outlineWidth, s.boxShadow, s.borderColor, s.backgroundColor]
}).join()"""


def test_the_keyboard_reaches_an_answer_and_shows_where_it_is(visit):
    """From the top: every stop looks otherwise with the focus than without."""
    visitor = visit()
    visitor.open(_CASE)
    page, unseen, met = visitor.page, [], []
    for _ in range(45):
        page.keyboard.press("Tab")
        stop = page.evaluate_handle("document.activeElement").as_element()
        assert stop is not None
        met.append(stop.evaluate("e => e.getAttribute('aria-label') || e.innerText || e.tagName"))
        visitor.still(_LOOKS_CHANGE)
        focused = stop.evaluate(_LOOK)
        stop.evaluate("e => e.blur()")
        visitor.still(_LOOKS_CHANGE)
        if stop.evaluate(_LOOK) == focused:
            unseen.append(met[-1])
        stop.evaluate("e => e.focus()")
    assert unseen == []
    assert any("Details" in m for m in met), met
