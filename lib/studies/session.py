"""A session and its people: codes and keys, joining, giving an answer, the teacher's steps."""

import hashlib
import secrets
import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple

from lib.domain import TrilemmaError
from lib.store import sessions as rows
from lib.store.sessions import Given, Kind, NewSession, PersonRow, Refusal, SessionRow
from lib.store.together import Together
from lib.studies.plan import Question, Refused

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I and O, which a projector shows as 1 and 0
CODE_LENGTH = 6
HOUR, STUDY = 4 * 3600.0, 30 * 24 * 3600.0  # how long a code works, in seconds
MOST_PEOPLE = {"hour": 400, "study": 5_000}
MAX_NICKNAME = 24
_TRIES = 20  # at a free code
_GONE = "No class or study has this code now. Look at the code again, or ask for a new one."
_SAID: dict[str, tuple[str, int]] = {
    "gone": (_GONE, 404),
    "full": ("This session is full: no more people can join it.", 403),
    "closed": ("The teacher has closed this question, so the answer wasn’t counted.", 409),
    "not here": ("You are no longer in this session. Join again with the code.", 403),
    "stale": ("This answer was sent before or was changed since, so it wasn’t counted again.", 409),
}


class Joined(NamedTuple):
    person: PersonRow
    key: str  # what the phone keeps; only its hash is stored


def new_key() -> str:
    return secrets.token_urlsafe(24)


def key_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def begin(
    db: Together, kind: Kind, title: str, cases: Sequence[str], plan: str, lasts: float, now: float | None = None
) -> SessionRow:
    """Begin a session under a new code. `lasts`: seconds."""
    begun = time.time() if now is None else now
    session = secrets.token_urlsafe(12)
    for _ in range(_TRIES):
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        new = NewSession(session, code, kind, title, tuple(cases), plan, begun, begun + lasts)
        try:
            db.write(lambda con, new=new: rows.add_session(con, new)).result()
        except sqlite3.IntegrityError:
            continue  # taken
        found = rows.by_id(db, session)
        assert found is not None
        return found
    raise TrilemmaError("No free code was found. Delete sessions that are over, and try again.")


def tidy_code(typed: str) -> str:
    """A code as people type it: in any case, with spaces or dashes."""
    return "".join(c for c in typed.upper() if c.isalpha())[: CODE_LENGTH + 1]


def session_of(db: Together, code: str, now: float | None = None) -> SessionRow:
    """The session that a code leads to now. Raises Refused, with the same words for unknown, ended and expired ones."""
    found = rows.by_code(db, tidy_code(code))
    if found is None or found.ended or (time.time() if now is None else now) >= found.expires:
        raise Refused(_GONE, 404)
    return found


def joining(db: Together, session: SessionRow, nickname: str, key: str) -> "Future[PersonRow | Refusal]":
    """Someone joins under a key of their own."""
    name = " ".join(nickname.split())[:MAX_NICKNAME]
    now, most = time.time(), MOST_PEOPLE[session.kind]
    return db.write(lambda con: rows.add_person(con, session.id, key_hash(key), name, now, most))


def accepted(outcome: PersonRow | Refusal | None) -> PersonRow:
    """Who joined. Raises Refused."""
    if isinstance(outcome, PersonRow):
        return outcome
    if outcome is not None and outcome.reason == "closed":
        raise Refused("The teacher has closed the door: nobody more can join this session.", 403)
    raise refusal(outcome or Refusal("gone"))


def refusal(outcome: Refusal) -> Refused:
    return Refused(*_SAID[outcome.reason])


def join(db: Together, session: SessionRow, nickname: str = "") -> Joined:
    """Join and wait for it. Raises Refused."""
    key = new_key()
    return Joined(accepted(joining(db, session, nickname, key).result()), key)


def who(db: Together, session: SessionRow, key: str | None) -> PersonRow | None:
    """Whoever holds a key of this session; None for any other key."""
    found = rows.person(db, key_hash(key)) if key else None
    return found if found and found.session == session.id else None


def answering(
    db: Together, session: SessionRow, given: Given, question: Question, chosen: Sequence[str]
) -> "Future[Refusal | None]":
    """Someone answers a question. Raises Refused for what is no answer to it; the outcome says whether it counts."""
    value, now = question.checked(chosen), time.time()
    final = session.kind == "study"
    return db.write(lambda con: rows.add_answer(con, session.id, given._replace(value=value), now, final))


# ---- the teacher's ----------------------------------------------------------------------------


def open_step(db: Together, session: str, step: int, seconds: float | None = None) -> None:
    """Go to a step and take answers, for so long or until it is closed."""
    until = time.time() + seconds if seconds else None
    db.write(lambda con: rows.move(con, session, step, True, until)).result()


def close_step(db: Together, session: str, step: int) -> None:
    """Stay at a step and take no more answers."""
    db.write(lambda con: rows.move(con, session, step, False, None)).result()


def set_lobby(db: Together, session: str, is_open: bool) -> None:
    """Let more people join, or no more."""
    db.write(lambda con: rows.set_lobby(con, session, is_open)).result()


def end(db: Together, session: str) -> None:
    db.write(lambda con: rows.end(con, session)).result()


def delete(db: Together, session: str) -> None:
    """Delete a session, its people and their answers, and leave nothing of them in the files."""
    db.write(lambda con: rows.remove_session(con, session)).result()
    db.settle()


def leave(db: Together, person: PersonRow) -> "Future[None]":
    """Someone takes back all that they answered."""
    return db.write(lambda con: rows.remove_person(con, person.session, person.number))
