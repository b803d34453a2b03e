"""Which requests and messages reach Streamlit: those of this address alone, and none that a visitor has no use for."""

from collections.abc import Iterable
from urllib.parse import urlparse

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

# No page takes files; figures about the server are for its operator.
_CLOSED = ("/_stcore/upload_file", "/_stcore/metrics", "/_stcore/agent")
# What a page's own script sends. The others clear every visitor's caches or belong to Streamlit's developer menu.
_MESSAGES = {"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request"}


class Admission:
    """Refuses a foreign Host or Origin before Streamlit sees it, which would look up this computer's address outside.

    A website that gives its name this computer's address (DNS rebinding) has that name as Host; a page of another
    site, or of another port here, has its own Origin.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif status := _refusal(scope):
            await _refuse(scope, receive, send, status)
        elif scope["type"] == "websocket":
            await self._app(scope, _only(receive), send)
        else:
            await self._app(scope, receive, send)


def _refusal(scope: Scope) -> int | None:
    """The HTTP status with which a request is turned away, if it is."""
    host, origin = _header(scope, b"host"), _header(scope, b"origin")
    if not is_host_allowed(host) or (origin is not None and urlparse(origin).netloc != host):
        return 403
    return 404 if scope["path"].startswith(_CLOSED) else None


def _header(scope: Scope, name: bytes) -> str | None:
    """A header's value; of several, all of them in a row, which is no host's name."""
    found: Iterable[bytes] = [value for key, value in scope["headers"] if key == name]
    return b",".join(found).decode("latin-1") if found else None


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int) -> None:
    if scope["type"] == "websocket":
        await receive()  # the request to connect
        await send({"type": "websocket.close", "code": 1008})
        return
    body = b"Not found.\n" if status == 404 else b"This app answers only at its own address.\n"
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
