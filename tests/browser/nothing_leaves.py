"""Serves the app, visits and attacks it, and prints each connection and name look-up that would leave this computer.

A script, so that it can run in a network namespace of its own, which has nothing but the loopback.
"""

import fcntl
import os
import socket
import struct
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from websockets.exceptions import InvalidStatus

from tests.browser.conftest import Server, serve
from tests.browser.streams import answers, ask, rerun, stream

# Python runs this first in the server and in its worker: an audit hook sees each call before it is made.
_HOOK = """
import os, sys
def watch(event, args):
    if event not in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        return
    place = args[1] if event in ("socket.connect", "socket.sendto") else args
    host = place[0] if isinstance(place, tuple) else place
    if str(host) not in ("localhost", "127.0.0.1", "::1", "None", "") and not str(host).startswith(("/", "b'")):
        with open(os.environ["TRILEMMA_WATCHED"], "a") as log:
            log.write(f"{event} {host}\\n")
sys.addaudithook(watch)
"""


def _loopback_up() -> None:
    """As `ip link set lo up`; a new namespace has it down."""
    with socket.socket() as probe, suppress(OSError):
        fcntl.ioctl(probe, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))


def _visit(app: Server) -> None:
    for page in ("", "cases", "case", "live", "tuning", "models", "method", "trust"):
        with stream(app) as open_stream:
            assert answers(open_stream, rerun(page)), f"the page {page or 'start'} runs"
    for origin in ("http://evil.example", "http://10.1.2.3:8501", "null"):
        ask(app, "/_stcore/health", Origin=origin)
        with suppress(InvalidStatus):
            stream(app, Origin=origin).close()
        ask(app, "/", Host="evil.example")


def main(data: str) -> None:
    _loopback_up()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sitecustomize.py").write_text(_HOOK)
        log = Path(folder) / "log"
        log.touch()
        paths = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))
        for app in serve({"TRILEMMA_DATA": data, "PYTHONPATH": paths, "TRILEMMA_WATCHED": str(log)}):
            _visit(app)
        print(log.read_text() or "nothing", end="")


if __name__ == "__main__":
    main(sys.argv[1])
