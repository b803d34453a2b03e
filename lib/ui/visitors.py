"""Who a visitor is where the app is open to the network: the teacher, by a secret link; a reader; or a guest."""

import hmac
import os
import time
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from streamlit.navigation.page import Page

from lib.paths import paths
from lib.store import sessions
from lib.store.together import together
from lib.studies import teacher
from lib.studies.network import OPEN

COOKIE = "trilemma-teacher"
# They make models work, take files, or show what was kept.
TEACHERS_PAGES = frozenset({"live", "tuning", "class_hour", "study", "collections", "preferences", "add_model"})
READERS = "readers"  # the name of the teacher's choice to let others read the library
_LOOKED_UP = 2.0  # seconds for which that choice is taken as it was


class Role(IntEnum):
    GUEST = 0
    READER = 1
    TEACHER = 2


def address() -> str | None:
    """Where others in the room reach the app; None where only this computer does."""
    return os.environ.get(OPEN) or None


def role(cookies: str | None) -> Role:
    """Who sends this Cookie header. On this computer alone, everyone is the teacher."""
    if address() is None:
        return Role.TEACHER
    if _sent(cookies, teacher.cookie(paths())):
        return Role.TEACHER
    return Role.READER if readers_allowed() else Role.GUEST


def _sent(cookies: str | None, value: str) -> bool:
    try:
        found = SimpleCookie(cookies or "").get(COOKIE)
    except CookieError:
        return False
    return found is not None and hmac.compare_digest(found.value.encode(), value.encode())


def readers_allowed() -> bool:
    """Whether those without the teacher's key may read the library."""
    return _readers(int(time.monotonic() / _LOOKED_UP), paths().local)


@lru_cache(maxsize=4)
def _readers(_moment: int, _folder: Path) -> bool:
    return sessions.choice(together(paths()), READERS) == "yes"


# ---- on Streamlit's pages ---------------------------------------------------------------------


def own_address() -> str:
    """Where the visitor of the page that runs now reaches the app."""
    found = urlsplit(st.context.url or "http://localhost:8501")
    return f"{found.scheme}://{found.netloc}"


def is_teacher() -> bool:
    """Whether the visitor of the page that runs now has the teacher's key."""
    if address() is None:
        return True
    return _sent(f"{COOKIE}={st.context.cookies.get(COOKIE, '')}", teacher.cookie(paths()))


def allowed(pages: Sequence[Page]) -> list[Page]:
    """The pages of this visitor's navigation."""
    return [p for p in pages if is_teacher() or p.url_path not in TEACHERS_PAGES]


def teacher_only() -> None:
    """Stops a page that needs the teacher's key, for everyone else. Comes right after the page's style."""
    if not is_teacher():
        st.info("This page needs the teacher's link. You can join a class with its code.", icon=":material/lock:")
        st.link_button("Join", "/in")
        st.stop()
