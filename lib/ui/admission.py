"""Which requests and messages reach Streamlit: those of this address alone, and none that a visitor has no use for."""

import re
from collections.abc import Iterable
from urllib.parse import urlparse

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from lib.ui.visitors import Role, role

# Figures about the server are for its operator; uploads are let in as `_upload` says.
_CLOSED = ("/_stcore/upload_file", "/_stcore/metrics", "/_stcore/agent")
# Collections takes files. Streamlit holds one to the size in .streamlit/config.toml, to the token of the page that
# sends it and to a visitor who is there; at once there are so many, since it keeps each in memory.
_UPLOAD = re.compile(r"^/_stcore/upload_file/[\w-]{1,64}/[\w-]{1,64}$")
_AT_ONCE = 2
# What a page's own script sends. The others clear every visitor's caches or belong to Streamlit's developer menu.
_MESSAGES = {"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request"}


class Admission:
    """Refuses a foreign Host or Origin before Streamlit sees it, which would look up this computer's address outside.

    A website that gives its name this computer's address (DNS rebinding) has that name as Host; a page of another
    site, or of another port here, has its own Origin.
    """

    def __init__(self, app: ASGIApp):
        self._app = app
        self._uploads = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif status := _refusal(scope):
            await _refuse(scope, receive, send, status)
        elif not _may_enter(scope):
            await _to_the_door(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._app(scope, _only(receive), send)
        elif _upload(scope):
            await self._one_of_few(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _one_of_few(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._uploads >= _AT_ONCE:
            await _refuse(scope, receive, send, 503)
            return
        self._uploads += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._uploads -= 1


def _upload(scope: Scope) -> bool:
    """Whether a page sends or forgets a file."""
    return scope["method"] in ("PUT", "DELETE") and bool(_UPLOAD.match(scope["path"]))


def _refusal(scope: Scope) -> int | None:
    """The HTTP status with which a request is turned away, if it is."""
    host, origin = _header(scope, b"host"), _header(scope, b"origin")
    if not is_host_allowed(host) or (origin is not None and urlparse(origin).netloc != host):
        return 403
    closed = scope["path"].startswith(_CLOSED) and not (scope["type"] == "http" and _upload(scope))
    return 404 if closed else None


def for_guests(path: str) -> bool:
    """Whether a path is open to all: the pages on which students join and answer, and the teacher's way in."""
    return path == "/in" or path.startswith("/in/") or path == "/teach"


def _may_enter(scope: Scope) -> bool:
    """On an open network, what Streamlit serves is for the teacher, and for readers where the teacher allows it.

    The health check says nothing of anybody.
    """
    path = scope["path"]
    if for_guests(path) or path == "/_stcore/health":
        return True
    return role(_header(scope, b"cookie")) >= Role.READER


async def _to_the_door(scope: Scope, receive: Receive, send: Send) -> None:
    """Guests who ask for a page get the one where they can join."""
    if scope["type"] == "websocket":
        await _refuse(scope, receive, send, 403)
        return
    headers = [(b"location", b"/in"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _header(scope: Scope, name: bytes) -> str | None:
    """A header's value; of several, all of them in a row, which is no host's name."""
    found: Iterable[bytes] = [value for key, value in scope["headers"] if key == name]
    return b",".join(found).decode("latin-1") if found else None


_WORDS = {
    403: b"This app answers only at its own address.\n",
    404: b"Not found.\n",
    503: b"Other files are on their way. Try again when they are here.\n",
}


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int) -> None:
    if scope["type"] == "websocket":
        await receive()  # the request to connect
        await send({"type": "websocket.close", "code": 1008})
        return
    body = _WORDS[status]
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


def _only(receive: Receive) -> Receive:
    """Messages of a visitor without those that pages never send."""

    async def receive_known() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive" or _known(message.get("bytes")):
                return message

    return receive_known


def _known(data: bytes | None) -> bool:
    """Whether a page sends such a message; what cannot be read is left for Streamlit to refuse."""
    try:
        return data is None or BackMsg.FromString(data).WhichOneof("type") in _MESSAGES
    except DecodeError:
        return True
