"""A visitor without a browser: requests with headers of one's choice, and the stream that a page's script runs over."""

import http.client
import urllib.parse

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from tests.browser.conftest import Server


def ask(app: Server, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> int:
    address = urllib.parse.urlparse(app.url).netloc
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {"Host": address, "Content-Length": str(len(body)), **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    return connection.getresponse().status


def stream(app: Server, **headers: str) -> ClientConnection:
    address = app.url.replace("http", "ws") + "/_stcore/stream"
    return connect(address, subprotocols=["streamlit"], additional_headers=headers, max_size=None)  # ty: ignore


def rerun(page: str = "") -> bytes:
    """What a browser sends to have a page's script run."""
    message = BackMsg()
    message.rerun_script.query_string, message.rerun_script.page_name = "", page
    return message.SerializeToString()


def answers(stream: ClientConnection, message: bytes) -> bool:
    """Whether the server runs the page's script to its end."""
    stream.send(message)
    while True:
        told = ForwardMsg.FromString(stream.recv(timeout=60))  # ty: ignore[invalid-argument-type]
        if told.WhichOneof("type") == "script_finished":
            return told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
