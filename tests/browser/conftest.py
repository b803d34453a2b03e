"""The app served as a visitor gets it, and the system's Chromium looking at it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from lib.paths import ROOT, Paths
from lib.store.build import build
from tests.makers import tiny_library

_PATIENCE = 30_000  # ms: a busy machine draws slowly
expect.set_options(timeout=_PATIENCE)
# Before its first run a page counts as not running too, and is empty.
_RUN = (
    "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
    ":has([data-testid=stMainBlockContainer] [data-testid=stElementContainer])"
)
# Resolves once nothing has moved or changed for so many ms, or at the latest after so many.
_STILL = """([quiet, most]) => new Promise(done => {
  const began = performance.now(); let latest = began;
  const watch = new MutationObserver(() => { latest = performance.now() });
  watch.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  const look = () => {
    const now = performance.now();
    const moves = document.getAnimations().some(a => a.playState === 'running'
      && a.effect.getComputedTiming().endTime !== Infinity);
    if (moves) latest = now;
    if (now - latest >= quiet || now - began >= most) { watch.disconnect(); done() } else setTimeout(look, 20);
  };
  look();
})"""
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# The browser's own errands, which are not the page's.
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Server(NamedTuple):
    url: str
    pid: int

    def worker_pid(self) -> int | None:
        """The process that holds the models, while there is one."""
        for children in Path(f"/proc/{self.pid}/task").glob("*/children"):
            for child in children.read_text().split():
                if b"lib.worker.server" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
        return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(environment: dict[str, str], port: int) -> subprocess.Popen:
    """The app's process, once it answers."""
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "lib/ui/serve.py",
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment)
    for _ in range(240):
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health")
            break
        except OSError:
            assert process.poll() is None, "the app ended while it started"
            time.sleep(0.25)
    return process


def serve(environment: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    process = started(environment, port)
    try:
        yield Server(f"http://localhost:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    """A copy of the data, so that what a test keeps does not stay, with its library built."""
    folder = tmp_path_factory.mktemp("browser") / "data"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("local"))
    build(Paths(folder, ROOT / "casestudies"))
    return folder


@pytest.fixture(scope="session")
def app(data) -> Iterator[Server]:
    """The real library."""
    yield from serve({"TRILEMMA_DATA": str(data)})


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Paths:
    """One case, and two models whose weights are not here."""
    return tiny_library(tmp_path_factory.mktemp("small"), Path("nowhere"))


def serve_small(library: Paths) -> Iterator[Server]:
    yield from serve({"TRILEMMA_DATA": str(library.data), "TRILEMMA_CASES": str(library.cases)})


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    assert path, "The browser tests need Chromium (make test says how to get it)."
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=_QUIET) as running:
        yield running


class Visitor:
    """A browser tab that notes whatever a page should not do."""

    def __init__(self, context: BrowserContext, server: Server):
        self.page: Page = context.new_page()
        self.server = server
        self.console: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda m: self.console.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.console.append(str(e)))
        self.page.on(
            "request",
            lambda r: None if r.url.startswith((server.url, "data:", "blob:")) else self.foreign.append(r.url),
        )
        self.page.on("dialog", lambda d: (self.console.append(f"dialog: {d.message}"), d.dismiss()))

    def open(self, path: str = "/") -> None:
        self.page.goto(self.server.url + path)
        self.settled()
        self.still(200)

    def settled(self) -> None:
        """Wait until the script has run and something is there; a page never shows a traceback."""
        self.page.wait_for_selector(_RUN, timeout=2 * _PATIENCE)
        assert self.page.locator("[data-testid=stException]").count() == 0, self.page.locator(
            "[data-testid=stException]"
        ).first.inner_text()

    def still(self, quiet: int = 500) -> None:
        """Wait until the page has stood still for so many milliseconds: while it is drawn, things move and fade in."""
        self.page.evaluate(_STILL, [quiet, 10_000])

    def go(self, name: str) -> None:
        """To another page by the navigation, by way of its section if it is in one."""
        bar = self.page.get_by_role("navigation", name="App pages")
        link = bar.get_by_role("link", name=name, exact=True)
        if link.count() == 0:
            link = self._in_a_section(bar.get_by_role("button").all(), name)
        link.click()
        self.page.wait_for_url(re.compile(f"/{name.lower()}"))
        self.settled()
        self.still(200)

    def _in_a_section(self, sections: list[Locator], name: str) -> Locator:
        for section in sections:
            section.click()
            menu = self.page.get_by_role("menu", name=section.inner_text())
            expect(menu).to_be_visible()
            if (link := menu.get_by_role("menuitem", name=name, exact=True)).count():
                return link
            self.page.keyboard.press("Escape")
        raise AssertionError(f"the navigation has no {name}")


@pytest.fixture
def visit(browser, request):
    """Make a visitor: `visit(width=390)`; of the real library where no server is given."""
    contexts = []

    def make(server: Server | None = None, **options) -> Visitor:
        width = options.pop("width", 1440)
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **options))
        contexts[-1].set_default_timeout(_PATIENCE)
        return Visitor(contexts[-1], server or request.getfixturevalue("app"))

    yield make
    for context in contexts:
        context.close()
