"""Finding a case in a real browser: marked hits, Back to the list as it was, links by id, titles of the tabs."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
_MARK = "mark.tri-found"


def test_back_from_a_case_returns_to_the_list_as_it_was(visit):
    visitor = visit()
    page = visitor.page
    visitor.open()
    visitor.go("Cases")
    expect(page.get_by_text(re.compile(r"^\d+ of \d+ cases$"))).to_be_visible()
    page.get_by_label("Search cases, laws, prompts and answers").fill("AI Act Article 50")
    page.keyboard.press("Enter")
    expect(page.locator(_MARK).first).to_be_visible()
    page.get_by_text("Filter by criteria, claim").click()
    page.get_by_role("toolbar", name="Criteria in conflict").get_by_role("button", name="harmless").click()
    expect(page.get_by_text(re.compile("filtered by search; harmless"))).to_be_visible()
    visitor.settled()
    count, address = page.get_by_text(re.compile(r"^\d+ of \d+ cases$")).inner_text(), page.url
    assert "q=AI+Act+Article+50" in address and "criteria=harmless" in address

    page.get_by_role("link", name="Open").first.click()
    page.wait_for_url(re.compile(r"/case\?case=[a-z-]+$"))
    visitor.settled()
    page.go_back()
    page.wait_for_url(address)
    visitor.settled()
    expect(page.get_by_text(count, exact=True)).to_be_visible()
    expect(page.get_by_label("Search cases, laws, prompts and answers")).to_have_value("AI Act Article 50")
    expect(page.locator(_MARK).first).to_be_visible()
    page.go_forward()
    page.wait_for_url(re.compile(r"/case\?case=[a-z-]+$"))
    assert visitor.console == [] and visitor.foreign == []


def test_another_case_has_its_own_address_and_back_returns_to_the_first(visit):
    visitor = visit()
    page = visitor.page
    visitor.open("/case?case=Are+you+human%3F")  # as links were before
    expect(page.get_by_role("heading", name="Are you human?")).to_be_visible()
    page.get_by_role("combobox", name=re.compile("^Case")).first.fill("First poem")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="First poem")).to_be_visible()
    expect(page).to_have_url(re.compile("case=first-poem"))
    expect(page).to_have_title("First poem · Trilemma")
    visitor.settled()
    page.go_back()
    expect(page.get_by_role("heading", name="Are you human?")).to_be_visible()
    expect(page).to_have_title("Are you human? · Trilemma")


def test_each_found_answer_opens_its_case_with_its_own_prompt_and_model(visit):
    """The second one too: what was chosen at the first does not stay."""
    visitor = visit()
    page = visitor.page
    visitor.open("/cases?q=poem")

    def found() -> list[str]:
        page.get_by_text(re.compile(r"^Also in \d+ model answers")).click()
        links = page.get_by_role("link", name=re.compile(" · .* · "))
        expect(links.nth(5)).to_be_visible()
        visitor.settled()
        return links.all_inner_texts()

    first, *others = [text.split("\n")[-1] for text in found()]
    second = next(o for o in others if o.split(" · ")[1] != first.split(" · ")[1])
    for label in (first, second):
        title, prompt, model = label.split(" · ")
        page.get_by_role("link", name=label).first.click()
        page.wait_for_url(re.compile(r"/case\?"))
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        visitor.settled()
        expect(page.get_by_role("combobox", name="Prompt")).to_have_value(prompt)
        page.get_by_role("button", name="View", exact=True).click()
        chosen = page.get_by_role("toolbar", name="Models").get_by_role("button", pressed=True)
        expect(chosen).to_have_text([model])
        if label == first:
            page.go_back()
            page.wait_for_url(re.compile("/cases"))
            visitor.settled()
            found()


_TITLES = {
    "/": "Trilemma",
    "/cases": "Cases · Trilemma",
    "/cases?q=refund": "“refund” · Cases · Trilemma",
    "/case?case=are-you-human": "Are you human? · Trilemma",
    "/case?case=gone": "Not found · Case · Trilemma",
    "/findings": "Findings · Trilemma",
    "/foundations?chapter=system-safety": "System safety and the curse of flexibility · Foundations · Trilemma",
    "/weights": "Your weights · Trilemma",
    "/tuning": "Tuning lab · Trilemma",
}


def test_every_page_has_a_title_of_its_own_in_the_browser(visit):
    visitor = visit()
    for path, title in _TITLES.items():
        visitor.open(path)
        expect(visitor.page).to_have_title(title)
