"""Who is let in: this address alone, no other site's name or page, and nothing that a visitor has no use for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus

from lib.paths import ROOT
from tests.browser.streams import answers, ask, rerun, stream

_PATHS = ("/", "/_stcore/health", "/_stcore/host-config", "/_stcore/script-health-check", "/static/x.js", "/media/x")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8501", "localhost.evil.example", "", "a b", "10.0.0.1"])
def test_another_name_that_leads_here_gets_nothing(app, host):
    assert {ask(app, path, Host=host) for path in _PATHS} == {403}


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", "http://127.0.0.1", "file://"])
def test_a_page_of_another_site_or_port_gets_nothing_and_no_stream(app, origin):
    assert {ask(app, path, Origin=origin) for path in _PATHS} == {403}
    with pytest.raises(InvalidStatus) as refused:
        stream(app, Origin=origin)
    assert refused.value.response.status_code == 403


def test_its_own_pages_are_let_in(app):
    assert ask(app, "/", Origin=app.url) == 200 == ask(app, "/_stcore/health")
    with stream(app, Origin=app.url) as line:
        assert answers(line, rerun()), "a page's own script runs"


def test_a_file_is_taken_from_a_page_of_this_app_alone(app):
    """Neither without the page's token, nor for a visitor who isn't there, nor in another way than the page's own."""
    path, body = "/_stcore/upload_file/a/b", b"x" * 1_000
    assert {ask(app, path, method, body) for method in ("PUT", "DELETE")} == {403}
    assert {ask(app, path, method, body) for method in ("GET", "POST", "OPTIONS", "PATCH")} == {404}
    token = {"Cookie": "_streamlit_xsrf=2|00000000|00000000|1", "X-Xsrftoken": "2|00000000|00000000|1"}
    assert ask(app, path, "PUT", body, **token) in (400, 403)
    assert ask(app, path, "PUT", body, Origin="http://evil.example") == 403
    for odd in (
        "/_stcore/upload_file",
        "/_stcore/upload_file/a",
        "/_stcore/upload_file/a/b/c",
        "/_stcore/upload_file/a/..",
    ):
        assert ask(app, odd, "PUT", body) == 404


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/interact"])
def test_what_no_page_uses_is_closed(app, path):
    assert {ask(app, path, method, b"x" * 1_000) for method in ("GET", "PUT", "POST", "DELETE", "OPTIONS")} == {404}


def test_a_message_that_clears_every_visitors_caches_does_nothing(app):
    """One library, one worker, whatever is sent; the page goes on."""
    before = _children(app.pid)
    with stream(app) as line:
        assert answers(line, rerun())
        for _ in range(5):
            line.send(BackMsg(clear_cache=True).SerializeToString())
            line.send(BackMsg(load_git_info=True).SerializeToString())
            line.send(BackMsg(set_run_on_save=True).SerializeToString())
        assert answers(line, rerun())
    assert _children(app.pid) == before


def test_what_is_no_message_closes_its_own_stream_alone(app):
    with stream(app) as other:
        for bad in (b"\xff" * 40, b"\x0a\xff\xff\xff\xff\x0f", "text"):
            with stream(app) as line, pytest.raises(ConnectionClosed):
                line.send(bad)
                while True:
                    line.recv(timeout=30)
        assert answers(other, rerun())


def test_nothing_leaves_this_computer_whatever_is_asked(tiny_data):
    """Every page and attack, once on this machine's network and once, where that is allowed, without any."""
    apart = ["unshare", "--user", "--map-root-user", "--net"]
    allowed = subprocess.run([*apart, "true"], capture_output=True, check=False).returncode == 0
    for command in ([], apart) if allowed else ([],):
        told = subprocess.run(
            [*command, sys.executable, "-m", "tests.browser.nothing_leaves", str(tiny_data.data)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.stdout.splitlines()[-1:] == ["nothing"], told.stdout + told.stderr[-2_000:]


def _children(pid: int) -> list[str]:
    """The programs that the server has started."""
    found = [c for task in Path(f"/proc/{pid}/task").glob("*/children") for c in task.read_text().split()]
    return sorted(re.sub(rb"\0", b" ", Path(f"/proc/{c}/cmdline").read_bytes()).decode() for c in found)
