"""A visitor who closes the tab holds up nobody: the next prompt is served within seconds."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.live import ANSWERED, ask

pytestmark = [pytest.mark.browser, pytest.mark.weights]


def test_closing_the_tab_ends_its_job_and_serves_the_next_visitor(visit):
    first, second = visit(), visit()
    for visitor in (first, second):
        visitor.open("/live")
    ask(first.page, "Tell me everything about trains.", tokens=512, samples=2)
    expect(first.page.get_by_text("The models are writing.")).to_be_visible(timeout=ANSWERED)
    ask(second.page, "What is tea?", tokens=16)
    waiting = second.page.get_by_text("1 prompt ahead of yours")
    expect(waiting).to_be_visible(timeout=60_000)
    first.page.context.close()
    closed = time.monotonic()
    expect(waiting).to_have_count(0, timeout=40_000)  # 86 s, when only the looks at a job told of its tab
    print(f"the next visitor's turn came {time.monotonic() - closed:.1f} s after the tab was closed")
    expect(second.page.get_by_text("No trustworthy score for").first).to_be_visible(timeout=ANSWERED)


def test_a_prompt_not_yet_sent_is_there_again_after_another_page(visit):
    visitor = visit()
    visitor.open("/live")
    visitor.page.get_by_label("Your prompt").fill("What is tea?")
    visitor.go("Method")
    visitor.go("Live")
    expect(visitor.page.get_by_label("Your prompt")).to_have_value("What is tea?")


def test_a_case_opens_the_live_page_with_its_models_chosen(visit):
    visitor = visit()
    visitor.open("/case?case=First+poem&models=SmolLM2+135M+Instruct")
    visitor.page.get_by_role("link", name="Ask these models live").click()
    expect(visitor.page.get_by_role("heading", name="Live", exact=True)).to_be_visible(timeout=60_000)
    visitor.settled()
    expect(visitor.page).to_have_url(re.compile(r"live_models=SmolLM2"))
    group = visitor.page.get_by_test_id("stButtonGroup").filter(has_text="SmolLM2 135M Instruct").first
    chosen = group.locator("[aria-pressed=true], [aria-checked=true], [kind=pillsActive]")
    expect(chosen).to_have_text(["SmolLM2 135M Instruct"])
