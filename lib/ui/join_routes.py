"""What students' phones load: small pages beside Streamlit, rendered here, with one script and one style sheet."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from lib.paths import paths
from lib.store import sessions as rows
from lib.store.sessions import Given, PersonRow, SessionRow
from lib.store.together import Together, together
from lib.studies import session as studies
from lib.studies import teacher
from lib.studies.phone import question_of, screen_of, spoken
from lib.studies.plan import MAX_LINE, SCALE, Refused
from lib.text import text_block
from lib.ui import visitors

FOLDER = Path(__file__).with_name("join")
MAX_BODY = 4_096  # bytes of a form
_WRONG, _WITHIN = 12, 60.0  # so many wrong codes within so many seconds, from one address
_MOST_ADDRESSES = 5_000
_CONFIRMED = 15.0  # seconds after which an answer that isn't written yet is given up


class Attempts:
    """Wrong codes by network address, so that codes can't be guessed."""

    def __init__(self) -> None:
        self._at: dict[str, deque[float]] = {}

    def wrong(self, who: str, now: float) -> None:
        if len(self._at) >= _MOST_ADDRESSES:
            self._at = {w: times for w, times in self._at.items() if times[-1] > now - _WITHIN}
        self._at.setdefault(who, deque(maxlen=_WRONG)).append(now)

    def too_many(self, who: str, now: float) -> bool:
        times = self._at.get(who)
        return times is not None and len(times) == _WRONG and times[0] > now - _WITHIN


_attempts = Attempts()


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    made.filters["literal"] = lambda text: Markup(text_block(text))
    return made


class Here(NamedTuple):
    """A request's session and who sends it, None where they haven't joined."""

    db: Together
    session: SessionRow
    person: PersonRow | None


def _here(request: Request) -> Here:
    """Raises Refused where the code leads nowhere or after too many wrong ones. People in a session see it end."""
    code, db = studies.tidy_code(request.path_params["code"]), together(paths())
    who, now = request.client.host if request.client else "", time.monotonic()
    found = rows.by_code(db, code)
    person = studies.who(db, found, request.cookies.get(_cookie(code))) if found else None
    if person is None and _attempts.too_many(who, now):
        raise Refused("Too many wrong codes from here. Wait a minute, then try again.", 429)
    if found and person:
        return Here(db, found, person)
    try:
        return Here(db, studies.session_of(db, code), None)
    except Refused:
        _attempts.wrong(who, now)
        raise


def _cookie(code: str) -> str:
    return f"trilemma-{code}"


# ---- pages ------------------------------------------------------------------------------------


def _page(request: Request, part: str, status: int = 200, **shown: Any) -> Response:
    """A whole page, or only its changing part where the page's own script asks."""
    shown = {"message": "", "place": "", "now": "", "title": "Join", **shown}
    alone = "x-part" in request.headers
    body = _templates().get_template(part if alone else "page.html").render(part=part, **shown)
    return HTMLResponse(body, status, {"x-now": shown["now"], "cache-control": "no-store"})


def _door(request: Request, message: str = "", status: int = 200, code: str = "") -> Response:
    library = visitors.role(request.headers.get("cookie")) >= visitors.Role.READER
    return _page(request, "door.html", status, message=message, code=code, library=library)


def _welcome(request: Request, here: Here, message: str = "", status: int = 200) -> Response:
    consent = spoken(here.db, here.session).consent
    return _page(
        request,
        "welcome.html",
        status,
        message=message,
        session=here.session,
        title=here.session.title,
        study=here.session.kind == "study",
        consent=consent,
    )


def _now(session: SessionRow) -> str:
    """Changes whenever a phone has something else to show."""
    return f"{session.version}.{int(session.takes_answers(time.time()))}"


def _screen(request: Request, here: Here, message: str = "", status: int = 200, again: str = "") -> Response:
    assert here.person is not None
    shown = screen_of(here.db, here.session, here.person, time.time(), again)
    return _page(
        request,
        "screen.html",
        status,
        message=message,
        session=here.session,
        title=here.session.title,
        place=here.session.code,
        now=_now(here.session),
        s=shown,
        number=here.person.number,
        max_line=MAX_LINE,
        scale=SCALE,
        debrief=spoken(here.db, here.session).debrief if shown.kind == "over" else (),
    )


async def _front(request: Request) -> Response:
    """The door: a code to type."""
    if code := studies.tidy_code(request.query_params.get("code", "")[:40]):
        return RedirectResponse(f"/in/{code}", 303)
    return _door(request)


async def _session(request: Request) -> Response:
    try:
        here = _here(request)
    except Refused as fault:
        return _door(request, str(fault), fault.status)
    if here.person is None:
        return _welcome(request, here)
    return _screen(request, here, again=request.query_params.get("again", "")[:80])


async def _look(request: Request) -> Response:
    """Whether a phone's screen is still the right one: nothing if it is, or else the new one."""
    try:
        here = _here(request)
    except Refused as fault:
        return Response(status_code=fault.status)
    if here.person is None:
        return Response(status_code=403)
    if request.query_params.get("have") == _now(here.session):
        return Response(status_code=204)
    return _screen(request, here)


async def _join(request: Request) -> Response:
    try:
        here = _here(request)
        form = await _form(request)
        if here.person is None:
            if here.session.kind == "study" and form.get("consent") != ["yes"]:
                raise Refused("Nothing begins without your consent. Tick the box if you want to take part.")
            key, name = studies.new_key(), " ".join(form.get("nickname", []))
            studies.accepted(await _written(studies.joining(here.db, here.session, name, key)))
        else:
            key = None
    except Refused as fault:
        return await _refused(request, fault)
    answer = RedirectResponse(f"/in/{here.session.code}", 303)
    if key:
        code = here.session.code or ""
        age = int(here.session.expires - time.time())
        answer.set_cookie(_cookie(code), key, max_age=age, path=f"/in/{code}", httponly=True, samesite="lax")
    return answer


async def _answer(request: Request) -> Response:
    try:
        here = _here(request)
        if here.person is None:
            raise Refused("Join first: this phone has no place in the session.", 403)
        form = await _form(request)
        given = _given(form, here.person)
        question = question_of(here.db, here.session, here.person, given)
        outcome = await _written(studies.answering(here.db, here.session, given, question, form.get("value", [])))
        if outcome is not None:
            raise studies.refusal(outcome)
    except Refused as fault:
        return await _refused(request, fault)
    if "x-part" in request.headers:
        return _screen(request, here._replace(session=rows.by_id(here.db, here.session.id) or here.session))
    return RedirectResponse(f"/in/{here.session.code}", 303)


def _given(form: dict[str, list[str]], person: PersonRow) -> Given:
    try:
        step, turn = int(form["step"][0]), int(form["turn"][0])
        return Given(person.number, step, form["question"][0], "", turn)
    except (KeyError, ValueError) as fault:
        raise Refused("This isn’t the form of a question. Reload the page and answer again.") from fault


async def _leave(request: Request) -> Response:
    try:
        here = _here(request)
        if here.person:
            await _written(studies.leave(here.db, here.person))
    except Refused as fault:
        return await _refused(request, fault)
    answer = _door(request, "You have left, and your answers are deleted.")
    answer.delete_cookie(_cookie(here.session.code or ""), path=f"/in/{here.session.code}")
    return answer


async def _refused(request: Request, fault: Refused) -> Response:
    """The page that the visitor was on, with what is wrong."""
    try:
        here = _here(request)
    except Refused:
        return _door(request, str(fault), fault.status)
    page = _screen if here.person else _welcome
    return page(request, here, str(fault), fault.status)


async def _form(request: Request) -> dict[str, list[str]]:
    """A form's fields. Raises Refused as soon as it is longer than any of ours."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise Refused(f"Too long: at most {MAX_BODY:,} bytes can be sent. Shorten it.", 413)
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=40)
    except (UnicodeDecodeError, ValueError) as fault:
        raise Refused("What was sent is no form. Reload the page and answer again.", 400) from fault


async def _written(change: Any) -> Any:
    """Wait until a change is on the disk, without holding up others."""
    return await asyncio.wait_for(asyncio.wrap_future(change), _CONFIRMED)


# ---- the teacher's link -----------------------------------------------------------------------


async def _teach(request: Request) -> Response:
    """The teacher's secret link: the browser keeps who it is, and the key leaves the address."""
    who, now = request.client.host if request.client else "", time.monotonic()
    if visitors.address() is None:
        return RedirectResponse("/class_hour", 303)
    if _attempts.too_many(who, now) or not teacher.is_key(paths(), request.query_params.get("key", "")):
        _attempts.wrong(who, now)
        return _door(request, "This isn’t the teacher’s link of this app. The computer that runs it prints it.", 403)
    hour = request.query_params.get("hour", "")
    answer = RedirectResponse("/class_hour" + (f"?hour={hour}" if hour.replace("-", "").isalnum() else ""), 303)
    answer.set_cookie(visitors.COOKIE, teacher.cookie(paths()), max_age=30 * 86_400, httponly=True, samesite="lax")
    return answer


async def _script(_: Request) -> Response:
    return FileResponse(FOLDER / "page.js", media_type="text/javascript", headers={"cache-control": "max-age=300"})


async def _style(_: Request) -> Response:
    return FileResponse(FOLDER / "page.css", media_type="text/css", headers={"cache-control": "max-age=300"})


ROUTES: Sequence[Route] = (
    Route("/in", _front),
    Route("/in/page.js", _script),
    Route("/in/page.css", _style),
    Route("/in/{code}", _session),
    Route("/in/{code}/now", _look),
    Route("/in/{code}/join", _join, methods=["POST"]),
    Route("/in/{code}/answer", _answer, methods=["POST"]),
    Route("/in/{code}/leave", _leave, methods=["POST"]),
    Route("/teach", _teach),
)
