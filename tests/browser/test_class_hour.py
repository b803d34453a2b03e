"""A teacher with console and projector, and three phones, through a whole hour; a reload and a killed server in it."""

import os
import re
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from lib.paths import ROOT, Paths
from lib.studies import teacher
from tests.browser.conftest import Server, Visitor, free_port, started

pytestmark = pytest.mark.browser
_CASE = "Wrong sum, sure user"


class Room(NamedTuple):
    server: Server
    paths: Paths
    environment: dict[str, str]
    processes: list

    def killed_and_started(self) -> None:
        self.processes[-1].send_signal(signal.SIGKILL)
        self.processes[-1].wait()
        self.processes.append(started(self.environment, int(self.server.url.rsplit(":", 1)[1])))


@pytest.fixture
def room(tmp_path) -> Iterator[Room]:
    """The real library, open to the network."""
    data, port = tmp_path / "data", free_port()
    shutil.copytree(ROOT / "data", data, ignore=shutil.ignore_patterns("local"))
    environment = {"TRILEMMA_DATA": str(data), "TRILEMMA_OPEN": f"http://localhost:{port}"}
    processes = [started(environment, port)]
    yield Room(
        Server(f"http://localhost:{port}", processes[0].pid), Paths(data, ROOT / "casestudies"), environment, processes
    )
    processes[-1].terminate()
    processes[-1].wait(30)


class Phone:
    """A student's phone, dark and narrow."""

    def __init__(self, browser: Browser, room: Room):
        self.context = browser.new_context(
            viewport={"width": 390, "height": 844}, color_scheme="dark", base_url=room.server.url
        )
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda e: self.faults.append(str(e)))

    def join(self, code: str) -> None:
        self.page.goto("/in")
        self.page.get_by_label("The six letters").fill(code.lower())
        self.page.get_by_role("button", name="Go on").click()
        self.page.get_by_role("button", name="Join").click()
        expect(self.page.get_by_role("heading", name="You’re in")).to_be_visible()

    def tap(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def tick(self, *names: str) -> None:
        for name in names:
            self.page.get_by_text(name, exact=True).click()
        self.tap("Send")

    def sees(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()

    def line(self, text: str) -> None:
        self.page.get_by_role("textbox").fill(text)
        self.tap("Send")


def _press(console: Visitor, name: str) -> None:
    """A button that goes when it has done its work, and stays away."""
    button = console.page.get_by_role("button", name=name, exact=True)
    button.click()
    expect(button).to_have_count(0)
    console.still()
    expect(button).to_have_count(0)


def test_a_whole_hour(browser, room, tmp_path):
    desk = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    console = Visitor(desk, room.server)
    console.page.goto(f"{room.server.url}/teach?key={teacher.key(room.paths)}")
    console.settled()
    expect(console.page).to_have_url(re.compile("/class_hour$"))
    box = console.page.get_by_role("combobox", name="Case")
    box.click()
    box.fill(_CASE)
    console.page.get_by_role("option", name=_CASE).click()
    console.settled()
    _press(console, "Begin this hour")
    console.page.wait_for_url(re.compile("hour="))
    console.settled()
    hour = re.search(r"hour=([\w-]+)", console.page.url)[1]
    code = console.page.get_by_text(re.compile(r"code [A-Z]{6}")).first.inner_text().split("code ")[1][:6]
    projector = Visitor(desk, room.server)
    projector.page.goto(f"{room.server.url}/class_hour?hour={hour}&view=projector")
    expect(projector.page.locator(".tri-code")).to_have_text(code)
    expect(projector.page.locator("img")).to_be_visible()
    _shot(projector.page, "lobby")

    phones = [Phone(browser, room) for _ in range(3)]
    for phone in phones:
        phone.join(code)
    expect(projector.page.get_by_text("3 joined")).to_be_visible()

    _press(console, "Open “Read”")
    for phone in phones:
        phone.tap("I’ve read it")
        phone.sees("Counted")
    expect(projector.page.get_by_text("3 of 3 done")).to_be_visible()

    phones[0].page.route("**/now?*", lambda route: None, times=1)  # the network swallows a look
    _press(console, "Open “Predict”")
    for phone, given in zip(phones, ("honest", "honest", "helpful"), strict=True):
        phone.tick(given)
    phones[0].page.reload()  # it goes on where it was
    phones[0].sees("What will the tuned model say?")
    _shot(phones[0].page, "phone-predict")
    for phone in phones:
        phone.tick("Something else.")
        phone.tap("Reply A")
    phones[0].line("Because <b>it</b> says why.")
    for phone in phones[1:]:
        phone.line("")
    expect(projector.page.get_by_text("2 (67%)").first).to_be_visible()
    _shot(projector.page, "projector-predict")
    assert "says why" not in projector.page.locator("body").inner_text(), "no line is shown before the teacher says so"
    console.page.get_by_text("says why").click()
    expect(projector.page.get_by_text("Because <b>it</b> says why.")).to_be_visible()
    _shot(console.page, "console")

    room.killed_and_started()  # nothing that was confirmed is lost
    for visitor in (console, projector):  # the pages find the new server by themselves
        expect(visitor.page.locator("[data-test-connection-state=CONNECTED]")).to_be_visible(timeout=60_000)
        visitor.settled()
    _press(console, "Close “Predict”")
    for phone in phones:
        phone.sees("Predict")
    assert _answers(room.paths) == {0: 3, 1: 12}

    _press(console, "Open “The answers”")
    for phone in phones:
        phone.tap("I’ve read it")
    _press(console, "Open “Rate, without names”")
    letters = set()
    for phone in phones:
        for criterion in ("helpful", "harmless", "honest"):
            phone.sees(f"Which answer is more {criterion}?")
            assert "tuned" not in phone.page.locator("main").inner_text().lower()
            letters.add(phone.page.locator("form button").first.inner_text())
            _shot(phone.page, "phone-rate")
            phone.tap("Answer A")
        phone.sees("Counted")
    assert letters == {"Answer A", "Answer B"}, "phones differ in which answer comes first"
    _press(console, "Close “Rate, without names”")
    expect(projector.page.get_by_text(re.compile("Over the three ratings"))).to_be_visible()

    _press(console, "Open “Revise”")
    for phone in phones:
        phone.tick("honest")
        phone.tap("Reply B")
        phone.line("")
    moved = projector.page.get_by_text("3 answered before and after; 1 of them changed their mind.")
    expect(moved.first).to_be_visible()
    expect(projector.page.get_by_text("tuned on preferences")).to_be_visible()
    _shot(projector.page, "projector-revise")

    _press(console, "Open “Quick check”")
    for phone in phones:
        expect(phone.page.locator("form[action$=answer]")).to_be_visible()
        while phone.page.get_by_role("heading", name="Counted").count() == 0:
            before = phone.page.locator("h1").inner_text()
            phone.page.locator("form[action$=answer] button").first.click()
            expect(phone.page.locator("h1")).not_to_have_text(before)
    _press(console, "Close “Quick check”")
    expect(phones[0].page.get_by_text("(your answer)").first).to_be_visible()
    _shot(phones[0].page, "phone-check")

    console.page.get_by_role("button", name="End the hour").click()
    _press(console, "End it now")
    for phone in phones:
        phone.sees("The hour is over")
        assert phone.faults == []
    console.page.goto(f"{room.server.url}/class_hour?hour={hour}&view=summary")
    console.settled()
    _shot(console.page, "summary", whole=True)
    with console.page.expect_download() as got:
        console.page.get_by_role("button", name="Answers (CSV)").click()
    table = Path(got.value.path()).read_text()
    assert table.count("\n") > 30 and "Because <b>it</b> says why." in table
    with console.page.expect_download() as got:
        console.page.get_by_role("button", name="Handout (PDF)").click()
    assert Path(got.value.path()).read_bytes().startswith(b"%PDF")
    console.page.get_by_role("button", name="Delete").click()
    _press(console, "Delete everything of this hour")
    expect(console.page.get_by_text("This hour has been deleted")).to_be_visible()
    assert _answers(room.paths) == {}
    left = b"".join(f.read_bytes() for f in room.paths.local.glob("together.sqlite*"))
    assert b"says why" not in left, "deleted means overwritten"
    assert not (console.foreign or projector.foreign), "nothing is loaded from elsewhere"


def _answers(paths: Paths) -> dict[int, int]:
    with sqlite3.connect(paths.local / "together.sqlite") as con:
        return dict(con.execute("SELECT step, count(*) FROM answers GROUP BY step").fetchall())


def _shot(page: Page, name: str, whole: bool = False) -> None:
    """A picture for whoever asks for one: TRILEMMA_SHOTS names a folder."""
    if folder := os.environ.get("TRILEMMA_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=whole)
