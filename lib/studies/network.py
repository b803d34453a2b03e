"""The app opened to the room: under which addresses it answers, and what the teacher is told at the start."""

import io
import socket
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import psutil
import segno

from lib.paths import Paths
from lib.studies import teacher

OPEN = "TRILEMMA_OPEN"  # the address under which others reach the app; unset: this computer only
_ELSEWHERE = ("192.0.2.1", 9)  # an address that is nobody's: nothing is sent, but the way to it says which is ours


class Network(NamedTuple):
    """What is printed, and what the server is started with."""

    told: str
    environment: Mapping[str, str]
    options: Sequence[str]


def own_addresses() -> list[str]:
    """This computer's IPv4 addresses in its networks, the one of the usual way out first."""
    found = [
        a.address
        for addresses in psutil.net_if_addrs().values()
        for a in addresses
        if a.family == socket.AF_INET and not a.address.startswith("127.")
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
            first = probe.getsockname()[0]
        except OSError:  # no network
            first = ""
    return sorted(dict.fromkeys(found), key=lambda a: a != first)


def opened(at: Paths, port: int, names: Sequence[str] = ()) -> Network:
    """How to serve the app to the room. `names`: what else it is asked for by; the first of them is shown."""
    own = own_addresses()
    shown = next(iter([*names, *own]), "localhost")
    address = f"http://{shown}:{port}"
    link = f"{address}/teach?key={teacher.key(at)}"
    code = io.StringIO()
    segno.make(f"{address}/in").terminal(code, compact=True)
    told = (
        f"{code.getvalue()}\nStudents: {address}/in\n\nYour own secret link, for you alone (open it once on each of"
        f" your devices):\n{link}\n"
    )
    if not own and not names:
        told += "\nThis computer is in no network: nobody else can reach it. Join one, and start again.\n"
    hosts = [option for host in dict.fromkeys([*names, *own, "localhost", "127.0.0.1"]) for option in _allowed(host)]
    return Network(told, {OPEN: address}, ["--server.address", "0.0.0.0", *hosts])


def _allowed(host: str) -> tuple[str, str]:
    return "--server.allowedHosts", host
