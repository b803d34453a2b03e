"""The ASGI entry that `python -m lib run` serves: the app behind its admission and security headers.

`streamlit run app.py` works too, without them.
"""

import sys
from pathlib import Path

# Streamlit reads its settings, such as the address, in the folder where it starts.
if Path.cwd() != (root := Path(__file__).resolve().parents[2]):
    sys.exit(f"Start the app in its own folder, {root}, with: python -m lib run")

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.paths import ROOT
from lib.ui.admission import Admission, for_guests
from lib.ui.join_routes import ROUTES

# The one inline script of Streamlit 1.67's page: it sets the theme before the first paint.
_STREAMLIT_INLINE = "'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='"
_HEADERS = {
    "content-security-policy": (
        # wasm-unsafe-eval: Graphviz, which lays out the diagrams, comes with the page as WebAssembly
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self'"
        f" 'wasm-unsafe-eval' {_STREAMLIT_INLINE}; connect-src 'self'; font-src 'self' data:; worker-src 'self' blob:;"
        " object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
# The phones' pages have one script and one style sheet, and nothing inline.
_JOIN_HEADERS = _HEADERS | {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action"
        " 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",  # with none at all a form's own Origin would be hidden, and refused
}


class SecurityHeaders:
    """Adds the headers to every HTTP response: no script, picture or connection from or to another host."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_JOIN_HEADERS if for_guests(scope["path"]) else _HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


app = st.App(ROOT / "app.py", routes=ROUTES, middleware=[Middleware(SecurityHeaders), Middleware(Admission)])
