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
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from lib.paths import ROOT

expect.set_options(timeout=20_000)  # a busy machine draws slowly
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


def serve(environment: dict[str, str]) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health")
                break
            except OSError:
                assert process.poll() is None, "the app ended while it started"
                time.sleep(0.25)
        yield Server(f"http://localhost:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def app(tmp_path_factory) -> Iterator[Server]:
    """The real library on a copy of the data, so that what a test keeps does not stay."""
    data = tmp_path_factory.mktemp("browser") / "data"
    shutil.copytree(ROOT / "data", data, ignore=shutil.ignore_patterns("local"))
    yield from serve({"TRILEMMA_DATA": str(data)})


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

    def settled(self) -> None:
        """Wait until the script has run; a page never shows a traceback."""
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
        assert self.page.locator("[data-testid=stException]").count() == 0, self.page.locator(
            "[data-testid=stException]"
        ).first.inner_text()

    def go(self, name: str) -> None:
        """To another page by the navigation."""
        self.page.get_by_role("link", name=re.compile(rf"^(\w+ )?{name}$")).first.click()
        self.page.wait_for_url(re.compile(name.lower()))
        self.settled()


@pytest.fixture
def visit(browser, app):
    """Make a visitor: `visit(width=390)`."""
    contexts = []

    def make(server: Server = app, **options) -> Visitor:
        width = options.pop("width", 1440)
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **options))
        return Visitor(contexts[-1], server)

    yield make
    for context in contexts:
        context.close()
