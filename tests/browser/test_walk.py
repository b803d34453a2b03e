"""What a visitor does, in a real browser with real weights."""

import os
import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lib.runs.live import from_json
from tests.browser.conftest import serve
from tests.browser.live import ANSWER, ANSWERED, ask, first_answer, grown, stop_button

pytestmark = [pytest.mark.browser, pytest.mark.weights]


def test_from_start_over_a_case_to_a_live_answer(visit, tmp_path):
    visitor = visit()
    page = visitor.page
    visitor.open()
    expect(page.get_by_role("heading", name="Trilemma")).to_be_visible()

    page.get_by_role("link", name="Browse the cases").click()
    page.wait_for_url(re.compile("/cases"))
    visitor.settled()
    visitor.still()
    expect(page.get_by_text(re.compile(r"^\d+ of \d+ cases$"))).to_be_visible()
    page.get_by_text("cards", exact=True).click()
    page.get_by_label("Search cases, laws, prompts and answers").fill("poem")
    page.keyboard.press("Enter")
    expect(page.get_by_role("strong").filter(has_text="15. First poem")).to_be_visible()
    expect(page).to_have_url(re.compile("q=poem"))
    visitor.settled()
    opens = page.get_by_role("link", name="Open")
    card = page.get_by_test_id("stVerticalBlock").filter(has_text="15. First poem").filter(has=opens).last
    card.get_by_role("link", name="Open").click()

    expect(page.get_by_role("heading", name="First poem")).to_be_visible()
    visitor.settled()
    expect(page.locator(ANSWER)).to_have_count(4)  # the prompt, and the models of the two differences that are told
    first = page.locator(ANSWER).nth(1).inner_text()
    page.get_by_role("spinbutton", name="Sample").press("ArrowUp")
    expect(page.locator(ANSWER).nth(1)).not_to_have_text(first)
    page.get_by_text("Compare two answers word by word").click()
    expect(page.get_by_text("of the words are shared")).to_be_visible()
    page.get_by_role("button", name="Details").first.click()
    window = page.get_by_role("dialog", name="About this answer")
    expect(window.get_by_text("The exact text put to the model")).to_be_visible()
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)

    visitor.go("Live")
    ask(page, "Say in one sentence what a library is for.", tokens=24)
    expect(page.get_by_text("No trustworthy score for").first).to_be_visible(timeout=ANSWERED)
    assert [len(page.locator(ANSWER).nth(i).inner_text()) > 0 for i in range(2)] == [True, True]
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as JSON").click()
    live = from_json(Path(download.value.path()).read_bytes())
    assert live.prompt.text == "Say in one sentence what a library is for." and len(live.responses) == 2
    page.get_by_role("button", name="Keep on this computer").click()
    expect(page.get_by_text("Kept runs")).to_be_visible()
    assert visitor.console == [] and visitor.foreign == []


def test_text_grows_while_it_is_written_and_stops_when_told(visit):
    visitor = visit()
    page = visitor.page
    visitor.open("/live")
    ask(page, "Write a very long story about the sea.", tokens=512)
    grown(page, 20)
    grown(page, len(first_answer(page).inner_text()) + 40)
    stop_button(page).click()
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible()
    told = page.get_by_text(re.compile(r"^stopped · \d+ words")).first
    expect(told).to_be_visible()
    words = re.search(r"stopped · (\d+) words", told.inner_text())
    assert words and int(words[1]) > 0
    page.get_by_role("button", name="Details").first.click()
    tokens = page.get_by_role("dialog").get_by_text(re.compile(r"^stopped · \d+ tokens$"))
    expect(tokens).to_be_visible()
    assert 0 < int(re.sub(r"\D", "", tokens.inner_text())) < 512


def test_a_second_visitor_waits_in_a_visible_queue_and_is_served(visit):
    first, second = visit(), visit()
    for visitor in (first, second):
        visitor.open("/live")
    ask(first.page, "Tell me everything about trains.", tokens=512)
    expect(first.page.get_by_text("The models are writing.")).to_be_visible(timeout=ANSWERED)
    ask(second.page, "What is tea?", tokens=16)
    expect(second.page.get_by_text("1 prompt ahead of yours. Yours starts by itself.")).to_be_visible()
    stop_button(first.page).click()
    expect(second.page.get_by_text("No trustworthy score for").first).to_be_visible(timeout=ANSWERED)


def test_a_worker_killed_in_mid_answer_is_told_and_the_next_prompt_served(visit, app):
    visitor = visit()
    page = visitor.page
    visitor.open("/live")
    ask(page, "Tell me a long story about a mountain.", tokens=512)
    grown(page, 20)
    worker = app.worker_pid()
    assert worker is not None
    os.kill(worker, signal.SIGKILL)
    expect(page.get_by_text("The model process ended unexpectedly")).to_be_visible(timeout=10_000)
    assert len(first_answer(page).inner_text()) > 20  # what was written is kept
    ask(page, "What is tea?")
    expect(stop_button(page)).to_be_visible(timeout=10_000)
    expect(page.get_by_text("The models are writing.")).to_be_visible(timeout=ANSWERED)
    stop_button(page).click()
    assert app.worker_pid() not in (None, worker)


def test_the_form_can_be_filled_and_sent_by_keyboard(visit):
    visitor = visit()
    page = visitor.page
    visitor.open("/live")
    page.get_by_label("Your prompt").focus()
    page.keyboard.type("What is bread?")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").endswith("Ask the models"):
            break
    page.keyboard.press("Enter")
    expect(stop_button(page)).to_be_visible(timeout=20_000)
    stop_button(page).click()


def test_class_view_hides_the_answers_until_they_are_revealed(visit):
    """Story, predict, reveal, discuss: one screen after the other."""
    visitor = visit()
    page = visitor.page
    visitor.open("/case?case=first-poem&class_view=true")
    expect(page.get_by_text("Henrik was a plumber")).to_be_visible()
    expect(page.locator(ANSWER)).to_have_count(0)
    page.get_by_role("button", name="Next: Predict").click()
    expect(page.get_by_text("Which criterion will the answers give up?")).to_be_visible()
    expect(page.locator(ANSWER)).to_have_count(1)  # the prompt
    page.get_by_role("button", name="honest", exact=True).click()
    page.get_by_role("button", name="Next: Reveal").click()
    expect(page.locator(ANSWER).nth(2)).to_be_visible()
    page.get_by_role("button", name="Next: Discuss").click()
    expect(page.get_by_text("Before the reveal the class said: honest.")).to_be_visible()
    expect(page.get_by_text("Questions for discussion")).to_be_visible()


def test_a_link_opens_the_same_view(visit):
    visitor = visit()
    visitor.open("/case?case=wrong-sum-sure-user&prompt=He+says+54&sample=2")
    expect(visitor.page.get_by_role("heading", name="Wrong sum, sure user")).to_be_visible()
    expect(visitor.page.get_by_role("combobox", name="Prompt")).to_have_value("He says 54")
    expect(visitor.page.get_by_role("spinbutton", name="Sample")).to_have_value("2")
    visitor.open("/cases?criteria=harmless&criteria=honest")
    expect(visitor.page.get_by_text(re.compile(r"^(\d+) of (?!\1 )\d+ cases$"))).to_be_visible()


def test_the_first_link_after_a_start_opens_its_page_with_the_navigation(visit, data):
    for server in serve({"TRILEMMA_DATA": str(data)}):
        visitor = visit(server)
        visitor.open("/case?case=first-poem")
        expect(visitor.page.get_by_role("heading", name="First poem")).to_be_visible()
        expect(visitor.page.get_by_role("link", name="Findings")).to_be_visible()
        assert visitor.page.get_by_role("link", name="app", exact=True).count() == 0


def test_a_case_hands_its_prompt_to_the_live_page(visit):
    visitor = visit()
    visitor.open("/case?case=first-poem")
    visitor.settled()
    turns = visitor.page.locator(".tri-turns:visible")
    put = turns.first.inner_text()
    assert "poem" in put
    visitor.page.get_by_role("link", name="Ask these models live").click()
    expect(visitor.page.get_by_role("heading", name="Live", exact=True)).to_be_visible()
    visitor.settled()
    assert turns.first.inner_text() == put


def test_the_next_stop_of_a_tour_has_its_own_address_starts_at_its_top_and_can_be_left_by_back(visit):
    visitor = visit()
    page = visitor.page
    visitor.open("/case?case=first-poem&class_view=true")
    page.get_by_role("link", name="Next stop: Are you human?").click()
    page.wait_for_url(re.compile(r"case=are-you-human.*class_view=true"))
    expect(page).to_have_title("Are you human? · Trilemma")
    visitor.settled()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    expect(page.get_by_role("radio", name="Story")).to_be_checked()
    page.go_back()
    expect(page).to_have_title("First poem · Trilemma")


def test_a_number_on_the_map_lists_its_cases(visit):
    visitor = visit()
    page = visitor.page
    visitor.open("/cases?view=map")
    number = (
        page.locator(".js-plotly-plot").first.locator(".textpoint").first
    )  # the first dot: arts, helpful against harmless
    number.scroll_into_view_if_needed()
    visitor.still()
    box = number.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text(re.compile(rf"^arts, helpful / harmless: {number.text_content()} cases?$"))).to_be_visible()
    expect(page.get_by_role("link", name="A trans hero")).to_be_visible()


def test_a_dial_turned_makes_the_mix_answer_and_adds_to_its_path(visit):
    visitor = visit()
    page = visitor.page
    visitor.open("/tuning?set=SmolLM2+135M+Instruct&tuning_case=first-poem")
    page.get_by_role("slider", name="honest").press("ArrowRight")
    expect(page.get_by_text("The mix answers (honest 0.1)")).to_be_visible(timeout=ANSWERED)
    visitor.settled()
    expect(page.get_by_text("Which reply did tuning move?")).to_be_visible()
    expect(page.get_by_text("your dials, in order")).to_be_visible()
    page.get_by_role("slider", name="helpful").press("End")
    expect(page.get_by_text("The mix answers (helpful 1, honest 0.1)")).to_be_visible(timeout=ANSWERED)
    page.get_by_role("button", name="Clear this prompt's path").click()
    expect(page.get_by_text("The mix answers (")).to_have_count(0)


def test_the_security_policy_is_served_with_every_page(visit):
    visitor = visit()
    response = visitor.page.goto(visitor.server.url)
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "'unsafe-eval'" not in policy
    blocked = visitor.page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'reached', e => 'blocked')")
    assert blocked == "blocked" and any("Content Security Policy" in m for m in visitor.console)
