"""The app served to many at once, as a process of its own on a copy of the data, and visitors without browsers."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from lib.paths import ROOT, Paths, paths
from lib.store.build import build
from lib.studies import teacher
from lib.studies.network import OPEN
from lib.ui.visitors import COOKIE

_START = 120.0  # seconds


class Served(NamedTuple):
    url: str
    paths: Paths
    pid: int

    def processor(self) -> float:
        """Seconds of processor time that the server has used."""
        used = psutil.Process(self.pid).cpu_times()
        return used.user + used.system

    def memory(self) -> float:
        """Resident megabytes of the server and what it started."""
        server = psutil.Process(self.pid)
        return sum(p.memory_info().rss for p in (server, *server.children(recursive=True))) / 1e6


@contextmanager
def served() -> Generator[Served]:
    """The shipped library, open to the network, while the block runs. Within it TRILEMMA_DATA names its folder."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        at = Paths(Path(folder) / "data", paths().cases)
        shutil.copytree(paths().data, at.data, ignore=shutil.ignore_patterns("local"))
        build(at)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        url = f"http://localhost:{port}"
        environment = {"TRILEMMA_DATA": str(at.data), OPEN: url}
        command = [sys.executable, "-m", "streamlit", "run", "lib/ui/serve.py", "--server.port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL)
        try:
            _wait(url, process)
            yield Served(url, at, process.pid)
        finally:
            process.terminate()
            process.wait(30)


def _wait(url: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + _START
    while True:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health")
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


class Visit:
    """One Streamlit session over its websocket, as a browser opens it; with the teacher's cookie."""

    def __init__(self, at: Served, stream: ClientConnection):
        self._at, self._stream = at, stream
        self.fragment = ""  # that the page wants run again and again

    async def run(self, page: str, query: str = "", fragment: str = "") -> list[str]:
        """Have a page's script run, or one fragment of it: every text that it shows, once it has finished."""
        message = BackMsg()
        message.rerun_script.query_string, message.rerun_script.page_name = query, page
        message.rerun_script.fragment_id = fragment
        await self._stream.send(message.SerializeToString())
        shown: list[str] = []
        while True:
            told = ForwardMsg.FromString(await self._stream.recv(decode=False))
            match told.WhichOneof("type"):
                case "script_finished":
                    if told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                        return shown
                case "auto_rerun":
                    self.fragment = told.auto_rerun.fragment_id
                case "delta":
                    shown += _texts(told)


def _texts(told: ForwardMsg) -> Iterator[str]:
    element = told.delta.new_element
    kind = element.WhichOneof("type")
    if kind in ("markdown", "html", "heading"):
        yield getattr(element, kind).body


def visiting(at: Served) -> connect:
    """A connection for a Visit, which is closed with its block."""
    return connect(
        at.url.replace("http", "ws") + "/_stcore/stream",
        subprotocols=["streamlit"],  # ty: ignore[invalid-argument-type]
        additional_headers={"Cookie": f"{COOKIE}={teacher.cookie(at.paths)}"},
        max_size=None,
        open_timeout=_START,
        ping_timeout=None,
    )
