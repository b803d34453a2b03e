"""Phones' pages as an attacker meets them, and as an honest phone does."""

import re
import time

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from lib.paths import Paths
from lib.store import sessions as rows
from lib.store.together import together
from lib.studies import session as studies
from lib.studies import teacher
from lib.studies.definition import planned_json, questions
from lib.studies.network import OPEN
from lib.studies.plan import hour_json
from lib.studies.simulation import planned
from lib.ui import join_routes, visitors
from lib.ui.admission import Admission
from lib.ui.serve import SecurityHeaders
from tests.studies.hours import an_hour

HERE = "http://localhost"
STREAM = "ws://localhost/_stcore/stream"


async def _streamlit(_):
    return PlainTextResponse("Streamlit's")


async def _stream(socket) -> None:
    await socket.accept()
    await socket.close()


@pytest.fixture
def app(tiny_data, monkeypatch) -> Starlette:
    """The app open to the network, with a stand-in for what Streamlit serves."""
    monkeypatch.setenv(OPEN, HERE)
    monkeypatch.setattr(join_routes, "_attempts", join_routes.Attempts())
    visitors._readers.cache_clear()
    behind = [Route("/", _streamlit), Route("/class_hour", _streamlit), WebSocketRoute("/_stcore/stream", _stream)]
    return Starlette(
        routes=[*join_routes.ROUTES, *behind], middleware=[Middleware(SecurityHeaders), Middleware(Admission)]
    )


def _phone(app: Starlette, address: str = "10.0.0.1") -> TestClient:
    return TestClient(app, base_url=HERE, client=(address, 5000))


@pytest.fixture
def hour(tiny_data):
    return studies.begin(together(tiny_data), "hour", "Hour", ["c"], hour_json(an_hour()), 600)


def _joined(app: Starlette, code: str, address: str = "10.0.0.1", nickname: str = "") -> TestClient:
    phone = _phone(app, address)
    assert phone.post(f"/in/{code}/join", data={"nickname": nickname}).status_code == 200
    return phone


def _answer(phone: TestClient, code: str, value, step=0, question="gives", turn=0):
    form = {"step": step, "question": question, "turn": turn, "value": value}
    return phone.post(f"/in/{code}/answer", data=form, follow_redirects=False)


def _counted(at: Paths, session: str) -> list[tuple[int, str]]:
    return [(a.person, a.value) for a in rows.answers(together(at), session)]


# ---- an attacker ------------------------------------------------------------------------------


def test_codes_cannot_be_guessed_and_a_class_that_is_in_goes_on(app, hour, tiny_data):
    student = _joined(app, hour.code)
    guesser = _phone(app)
    told = [guesser.get(f"/in/{'ABCDEFGHJKLMN'[k]}BCDEF").status_code for k in range(13)]
    assert told[:12] == [404] * 12 and told[12] == 429
    assert guesser.get(f"/in/{hour.code}").status_code == 429, "not even a right guess is told"
    assert guesser.post(f"/in/{hour.code}/join").status_code == 429
    assert student.get(f"/in/{hour.code}").status_code == 200, "whoever is in, from the same address, stays in"
    assert _phone(app, "10.0.0.2").get(f"/in/{hour.code}").status_code == 200


def test_an_expired_code_an_ended_hour_and_an_unknown_one_look_the_same(app, hour, tiny_data):
    db = together(tiny_data)
    old = studies.begin(db, "hour", "Old", ["c"], hour_json(an_hour()), 600, now=time.time() - 601)
    studies.end(db, hour.id)
    pages = [_phone(app, f"10.0.1.{k}").get(f"/in/{code}") for k, code in enumerate((old.code, hour.code, "ZZZZZZ"))]
    assert {p.status_code for p in pages} == {404} and len({p.text for p in pages}) == 1


@pytest.mark.parametrize("key", ["", "x" * 32, "' OR 1=1 --", "\u00e9"])
def test_a_made_up_key_is_nobody(app, hour, key):
    phone = _phone(app)
    cookie = f"trilemma-{hour.code}={key}".encode()
    told = phone.post(f"/in/{hour.code}/answer", data={"step": 0, "question": "gives"}, headers={b"cookie": cookie})
    assert told.status_code == 403


def test_a_key_of_another_session_opens_nothing_here(app, hour, tiny_data):
    db = together(tiny_data)
    other = studies.begin(db, "hour", "Other", ["c"], hour_json(an_hour()), 600)
    key = studies.join(db, other).key
    studies.open_step(db, hour.id, 0)
    phone = _phone(app)
    phone.cookies.set(f"trilemma-{hour.code}", key)
    assert _answer(phone, hour.code, "honest").status_code == 403 and _counted(tiny_data, hour.id) == []


def test_nobody_answers_for_another(app, hour, tiny_data):
    studies.open_step(together(tiny_data), hour.id, 0)
    _joined(app, hour.code)
    second = _joined(app, hour.code)
    form = {"step": 0, "question": "gives", "turn": 0, "value": "honest", "person": 0, "number": 0}
    second.post(f"/in/{hour.code}/answer", data=form)
    assert _counted(tiny_data, hour.id) == [(1, "honest")]


def test_voting_twice_counts_once_and_a_replay_changes_nothing(app, hour, tiny_data):
    studies.open_step(together(tiny_data), hour.id, 0)
    phone = _joined(app, hour.code)
    assert _answer(phone, hour.code, "honest").status_code == 303
    assert _answer(phone, hour.code, "honest").status_code == 303, "its confirmation may have been lost"
    assert _answer(phone, hour.code, "helpful").status_code == 409, "the same turn again"
    assert _answer(phone, hour.code, "helpful", turn=1).status_code == 303, "a change of mind"
    assert _answer(phone, hour.code, "honest", turn=0).status_code == 409, "the first request, replayed"
    assert _counted(tiny_data, hour.id) == [(0, "helpful")]


def test_a_megabyte_is_refused_and_nothing_of_it_is_kept(app, hour, tiny_data):
    studies.open_step(together(tiny_data), hour.id, 0)
    phone = _joined(app, hour.code)
    assert _answer(phone, hour.code, "x" * 1_000_000, question="why").status_code == 413
    assert _answer(phone, hour.code, "x" * 201, question="why").status_code == 422

    def endless():
        for _ in range(10_000):
            yield b"value=" + b"x" * 1_000

    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert phone.post(f"/in/{hour.code}/answer", content=endless(), headers=kind).status_code == 413
    assert phone.post(f"/in/{hour.code}/join", data={"nickname": "x" * 5_000}).status_code == 413
    assert _counted(tiny_data, hour.id) == []


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"step": "0", "question": "gives", "turn": "0"},
        {"step": "0", "question": "gives", "turn": "0", "value": "<script>"},
        {"step": "99", "question": "gives", "turn": "0", "value": "honest"},
        {"step": "-1", "question": "gives", "turn": "0", "value": "honest"},
        {"step": "1e9", "question": "gives", "turn": "0", "value": "honest"},
        {"step": "0", "question": "nope", "turn": "0", "value": "honest"},
        {"step": "0", "question": "gives", "turn": "-5", "value": "honest"},
    ],
)
def test_what_is_no_answer_is_refused_in_words(app, hour, tiny_data, form):
    studies.open_step(together(tiny_data), hour.id, 0)
    told = _joined(app, hour.code).post(f"/in/{hour.code}/answer", data=form)
    assert 400 <= told.status_code < 500 and 'role="alert"' in told.text and "Traceback" not in told.text
    assert _counted(tiny_data, hour.id) == []


def test_a_student_reveals_nothing_and_answers_no_step_that_is_not_open(app, hour, tiny_data):
    phone, db = _joined(app, hour.code), together(tiny_data)
    assert _answer(phone, hour.code, "honest").status_code == 409, "not opened yet"
    studies.open_step(db, hour.id, 0)
    assert _answer(phone, hour.code, "A", step=1, question="helpful").status_code == 409, "a later step"
    assert "54 &lt;b&gt;" not in phone.get(f"/in/{hour.code}").text, "no answer is on a phone before its step"
    studies.close_step(db, hour.id, 0)
    assert _answer(phone, hour.code, "honest").status_code == 409, "closed"
    for path in ("/", "/class_hour", "/live", "/_stcore/host-config", "/media/x", "/static/x.js"):
        told = phone.get(path, follow_redirects=False)
        assert (told.status_code, told.headers["location"]) == (303, "/in"), path
    with pytest.raises(WebSocketDisconnect), phone.websocket_connect(STREAM):
        pass
    assert rows.by_id(db, hour.id).step == 0 and _counted(tiny_data, hour.id) == []


def test_time_that_is_up_closes_a_step_by_itself(app, hour, tiny_data):
    studies.open_step(together(tiny_data), hour.id, 0, seconds=0.3)
    phone = _joined(app, hour.code)
    time.sleep(0.4)
    assert _answer(phone, hour.code, "honest").status_code == 409 and _counted(tiny_data, hour.id) == []


def test_only_the_teachers_link_opens_the_app_and_its_cookie_is_not_the_key(app, tiny_data):
    guest = _phone(app)
    assert guest.get("/teach?key=wrong").status_code == 403
    assert guest.get("/teach").status_code == 403
    teachers = _phone(app)
    told = teachers.get(f"/teach?key={teacher.key(tiny_data)}", follow_redirects=False)
    assert told.headers["location"] == "/class_hour" and teacher.key(tiny_data) not in told.headers["set-cookie"]
    assert "httponly" in told.headers["set-cookie"].lower() and "samesite=lax" in told.headers["set-cookie"].lower()
    assert teachers.get("/").text == "Streamlit's"
    with teachers.websocket_connect(STREAM):
        pass
    forged = _phone(app)
    forged.cookies.set(visitors.COOKIE, "0" * 64)
    assert forged.get("/", follow_redirects=False).status_code == 303
    assert (tiny_data.local / "teacher.key").stat().st_mode & 0o077 == 0


def test_readers_are_let_in_where_the_teacher_allows_it(app, tiny_data):
    assert _phone(app).get("/", follow_redirects=False).status_code == 303
    together(tiny_data).write(lambda con: rows.choose(con, visitors.READERS, "yes")).result()
    visitors._readers.cache_clear()
    assert _phone(app).get("/").text == "Streamlit's"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1"])
def test_another_sites_form_is_refused(app, hour, tiny_data, origin):
    phone = _joined(app, hour.code)
    told = phone.post(f"/in/{hour.code}/leave", headers={"origin": origin})
    assert told.status_code == 403 and rows.joined(together(tiny_data), hour.id) == 1


def test_a_full_session_and_a_closed_door_let_nobody_in(app, hour, tiny_data, monkeypatch):
    monkeypatch.setitem(studies.MOST_PEOPLE, "hour", 1)
    _joined(app, hour.code)
    assert _phone(app).post(f"/in/{hour.code}/join").status_code == 403
    monkeypatch.setitem(studies.MOST_PEOPLE, "hour", 9)
    studies.set_lobby(together(tiny_data), hour.id, False)
    assert "closed the door" in _phone(app).post(f"/in/{hour.code}/join").text


def test_pages_allow_no_inline_script_and_show_what_others_wrote_as_text(app, hour, tiny_data):
    studies.open_step(together(tiny_data), hour.id, 1)
    page = _joined(app, hour.code).get(f"/in/{hour.code}")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert "54 &lt;b&gt;it is&lt;/b&gt;" in page.text and "<b>it is" not in page.text
    assert not re.search(r"<script(?! src=\"/in/page\.js\" defer)|\son\w+=|style=", page.text)


# ---- an honest phone --------------------------------------------------------------------------


def test_a_phone_that_comes_back_goes_on_where_it_was_and_is_the_same_person(app, hour, tiny_data):
    studies.open_step(together(tiny_data), hour.id, 0)
    phone = _joined(app, hour.code, nickname="  Ann   <i>  ")
    _answer(phone, hour.code, "honest")
    assert "Why?" in phone.get(f"/in/{hour.code}").text
    assert "Why?" in phone.post(f"/in/{hour.code}/join").text and rows.joined(together(tiny_data), hour.id) == 1
    assert rows.people(together(tiny_data), hour.id)[0].nickname == "Ann <i>"


def test_leaving_takes_back_every_answer(app, hour, tiny_data):
    studies.open_step(together(tiny_data), hour.id, 0)
    phone = _joined(app, hour.code)
    _answer(phone, hour.code, "honest")
    assert "your answers are deleted" in phone.post(f"/in/{hour.code}/leave").text
    assert _counted(tiny_data, hour.id) == [] and phone.get(f"/in/{hour.code}").text.count("Join") > 0


def test_nothing_is_sent_while_nothing_changes(app, hour, tiny_data):
    phone = _joined(app, hour.code)
    now = phone.get(f"/in/{hour.code}").headers["x-now"]
    assert phone.get(f"/in/{hour.code}/now?have={now}").status_code == 204
    studies.open_step(together(tiny_data), hour.id, 0)
    changed = phone.get(f"/in/{hour.code}/now?have={now}", headers={"x-part": "1"})
    assert changed.status_code == 200 and "Which criterion will give?" in changed.text and "<html" not in changed.text


def test_a_study_asks_for_consent_names_no_model_and_says_at_the_end_what_was_compared(app, tiny_data):
    made = planned(3, 2, attention=True)
    study = studies.begin(together(tiny_data), "study", "Two answers", [], planned_json(made), 600)
    phone = _phone(app)
    welcome = phone.get(f"/in/{study.code}").text
    assert "You can stop at any time" in welcome and "consent" in welcome
    assert phone.post(f"/in/{study.code}/join").status_code == 422, "not without consent"
    page = phone.post(f"/in/{study.code}/join", data={"consent": "yes"}).text
    for _ in range(2 * len(questions(made.study)) + 1):
        assert "Two made-up models" not in page and "tuned from" not in page
        form = dict(re.findall(r'name="(step|question|turn)" value="([^"]*)"', page))
        value = re.search(r'<button name="value" value="([^"]*)"', page)[1]
        page = phone.post(f"/in/{study.code}/answer", data=form | {"value": value}).text
    assert "Two made-up models." in page and "tuned beside base" in page
    assert len(_counted(tiny_data, study.id)) == 2 * len(questions(made.study)) + 1
    first = {"step": "0", "question": "helpful", "turn": "1", "value": "B"}
    assert phone.post(f"/in/{study.code}/answer", data=first).status_code == 409, "an answer of a study is final"
