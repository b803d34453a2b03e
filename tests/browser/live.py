"""The Live page in a visitor's hands: a prompt typed and sent, an answer that grows."""

import re

from playwright.sync_api import Locator, Page, expect

ANSWER = ".tri-text:not(.st-key-live_asked *):visible"  # not the prompt that is said again over live answers

ANSWERED = 240_000  # ms: on a busy machine the first prompt waits long until the models are loaded, and so after a kill


def ask(page: Page, text: str, tokens: int | None = None, samples: int = 1) -> None:
    """Type a prompt and send it, for answers of at most so many tokens."""
    if tokens is not None:
        page.get_by_text("Settings", exact=True).click()
        box = page.get_by_label("Maximum length (tokens)")
        box.fill(str(tokens))
        box.press("Tab")
    slider = page.get_by_role("slider", name="Samples per model")
    for _ in range(int(slider.input_value()) - samples):
        slider.press("ArrowLeft")
    expect(slider).to_have_value(str(samples))
    page.get_by_label("Your prompt").fill(text)
    page.get_by_role("button", name="Ask the models").click()  # straight from the box, as a reader does


def first_answer(page: Page) -> Locator:
    return page.locator(ANSWER).first


def grown(page: Page, characters: int) -> None:
    """Wait until the first answer has more than so many characters."""
    expect(first_answer(page)).to_have_text(re.compile(rf"^.{{{characters + 1},}}$", re.DOTALL), timeout=ANSWERED)


def stop_button(page: Page) -> Locator:
    """The one of the job; the header has another while a script runs."""
    return page.get_by_test_id("stMain").get_by_role("button", name="Stop")
