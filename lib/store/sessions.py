"""Sessions, who joined them and what they answered: every query and change of `together.sqlite`."""

import json
import sqlite3
from typing import Literal, NamedTuple

from lib.store.together import Together

Kind = Literal["hour", "study"]


class SessionRow(NamedTuple):
    """A session; times in seconds since 1970."""

    id: str
    code: str | None
    kind: Kind
    title: str
    cases: tuple[str, ...]
    made: float
    expires: float
    lobby: bool
    step: int
    open: bool
    until: float | None
    ended: bool
    people: int
    version: int

    def takes_answers(self, now: float) -> bool:
        """Whether answers count now: a study's until it ends, an hour's while its step is open."""
        if self.ended or now >= self.expires:
            return False
        return self.kind == "study" or (self.open and (self.until is None or now < self.until))


class PersonRow(NamedTuple):
    session: str
    number: int
    nickname: str
    joined: float


class AnswerRow(NamedTuple):
    person: int
    step: int
    question: str
    value: str
    turn: int
    at: float
    shown: bool


_COLUMNS = ", ".join(SessionRow._fields)
_ANSWER = ", ".join(AnswerRow._fields)


def _session(row: sqlite3.Row) -> SessionRow:
    plain = SessionRow(*row)
    return plain._replace(
        cases=tuple(json.loads(row["cases"])),
        lobby=bool(plain.lobby),
        open=bool(plain.open),
        ended=bool(plain.ended),
    )


def _answer(row: sqlite3.Row) -> AnswerRow:
    return AnswerRow(*row)._replace(shown=bool(row["shown"]))


# ---- reading ----------------------------------------------------------------------------------


def by_code(db: Together, code: str) -> SessionRow | None:
    rows = db.read(f"SELECT {_COLUMNS} FROM sessions WHERE code = ?", [code])
    return _session(rows[0]) if rows else None


def by_id(db: Together, session: str) -> SessionRow | None:
    rows = db.read(f"SELECT {_COLUMNS} FROM sessions WHERE id = ?", [session])
    return _session(rows[0]) if rows else None


def sessions(db: Together, kind: Kind) -> list[SessionRow]:
    """All of a kind, newest first."""
    return [_session(r) for r in db.read(f"SELECT {_COLUMNS} FROM sessions WHERE kind = ? ORDER BY made DESC", [kind])]


def plan(db: Together, session: str) -> str | None:
    """What is asked in a session, as JSON."""
    rows = db.read("SELECT plan FROM sessions WHERE id = ?", [session])
    return rows[0]["plan"] if rows else None


def person(db: Together, key: str) -> PersonRow | None:
    """Who holds the key with this hash."""
    rows = db.read("SELECT session, number, nickname, joined FROM people WHERE key = ?", [key])
    return PersonRow(*rows[0]) if rows else None


def people(db: Together, session: str) -> list[PersonRow]:
    rows = db.read("SELECT session, number, nickname, joined FROM people WHERE session = ? ORDER BY number", [session])
    return [PersonRow(*r) for r in rows]


def joined(db: Together, session: str) -> int:
    """How many are in a session now."""
    return db.read("SELECT count(*) FROM people WHERE session = ?", [session])[0][0]


def answers(db: Together, session: str, step: int | None = None) -> list[AnswerRow]:
    """The answers of a session, or of one of its steps, in the order in which they came."""
    rows = db.read(
        f"SELECT {_ANSWER} FROM answers WHERE session = :session AND (:step IS NULL OR step = :step) ORDER BY at",
        {"session": session, "step": step},
    )
    return [_answer(r) for r in rows]


def own_answers(db: Together, session: str, number: int) -> list[AnswerRow]:
    """One person's answers."""
    rows = db.read(f"SELECT {_ANSWER} FROM answers WHERE session = ? AND person = ?", [session, number])
    return [_answer(r) for r in rows]


def choice(db: Together, name: str) -> str | None:
    """What this installation's teacher chose, of a name."""
    rows = db.read("SELECT value FROM choices WHERE name = ?", [name])
    return rows[0]["value"] if rows else None


# ---- changes, each within the writer's transaction --------------------------------------------


class NewSession(NamedTuple):
    id: str
    code: str
    kind: Kind
    title: str
    cases: tuple[str, ...]
    plan: str
    made: float
    expires: float


def add_session(con: sqlite3.Connection, new: NewSession) -> None:
    """Codes of sessions that are over are free again. Raises IntegrityError where the code is taken."""
    con.execute("UPDATE sessions SET code = NULL WHERE code IS NOT NULL AND (expires <= ? OR ended)", [new.made])
    con.execute(
        f"INSERT INTO sessions ({', '.join(NewSession._fields)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        new._replace(cases=json.dumps(new.cases)),  # ty: ignore[invalid-argument-type]
    )


class Refusal(NamedTuple):
    """Why a change was not made."""

    reason: Literal["gone", "full", "closed", "not here", "stale"]


def add_person(
    con: sqlite3.Connection, session: str, key: str, nickname: str, now: float, most: int
) -> PersonRow | Refusal:
    """Someone joins, with the next number."""
    row = con.execute(f"SELECT {_COLUMNS} FROM sessions WHERE id = ?", [session]).fetchone()
    if row is None or _session(row).ended or now >= row["expires"]:
        return Refusal("gone")
    if not row["lobby"]:
        return Refusal("closed")
    if con.execute("SELECT count(*) FROM people WHERE session = ?", [session]).fetchone()[0] >= most:
        return Refusal("full")
    number = row["people"]
    con.execute("INSERT INTO people VALUES (?, ?, ?, ?, ?)", [session, number, key, nickname, now])
    con.execute("UPDATE sessions SET people = people + 1 WHERE id = ?", [session])
    return PersonRow(session, number, nickname, now)


class Given(NamedTuple):
    """An answer as it comes: `turn` is how many answers to this question the phone knows to be stored."""

    person: int
    step: int
    question: str
    value: str
    turn: int


def add_answer(con: sqlite3.Connection, session: str, given: Given, now: float, final: bool) -> Refusal | None:
    """Store an answer, in place of the earlier one of the same person.

    One that is repeated as it is, because its confirmation was lost, is confirmed again and counts once; one of an
    older turn is stale, and so is any second answer where the first is `final`.
    """
    row = con.execute(f"SELECT {_COLUMNS} FROM sessions WHERE id = ?", [session]).fetchone()
    if row is None or not (held := _session(row)).takes_answers(now):
        return Refusal("closed")
    if held.kind == "hour" and held.step != given.step:
        return Refusal("closed")
    place = [session, given.person, given.step, given.question]
    there = con.execute("SELECT 1 FROM people WHERE session = ? AND number = ?", place[:2]).fetchone()
    if there is None:
        return Refusal("not here")
    before = con.execute(
        "SELECT value, turn FROM answers WHERE session = ? AND person = ? AND step = ? AND question = ?", place
    ).fetchone()
    if before and before["value"] == given.value and before["turn"] == given.turn + 1:
        return None
    if (before["turn"] if before else 0) != given.turn or (final and before):
        return Refusal("stale")
    con.execute(
        "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, 0)", [*place, given.value, given.turn + 1, now]
    )
    return None


def move(con: sqlite3.Connection, session: str, step: int, is_open: bool, until: float | None) -> None:
    """Set an hour to a step, open or closed."""
    con.execute(
        "UPDATE sessions SET step = ?, open = ?, until = ?, version = version + 1 WHERE id = ? AND NOT ended",
        [step, is_open, until, session],
    )


def set_lobby(con: sqlite3.Connection, session: str, is_open: bool) -> None:
    con.execute("UPDATE sessions SET lobby = ?, version = version + 1 WHERE id = ?", [is_open, session])


def end(con: sqlite3.Connection, session: str) -> None:
    """No more answers, and nobody joins. Phones that are in it learn of it by the code, until another begins."""
    con.execute("UPDATE sessions SET ended = 1, open = 0, version = version + 1 WHERE id = ?", [session])


def show_line(con: sqlite3.Connection, session: str, line: AnswerRow, shown: bool) -> None:
    """Let the projector show a line, or not."""
    con.execute(
        "UPDATE answers SET shown = ? WHERE session = ? AND person = ? AND step = ? AND question = ? AND value = ?",
        [shown, session, line.person, line.step, line.question, line.value],
    )


def remove_person(con: sqlite3.Connection, session: str, number: int) -> None:
    """Someone leaves, and what they answered with them."""
    con.execute("DELETE FROM people WHERE session = ? AND number = ?", [session, number])


def remove_session(con: sqlite3.Connection, session: str) -> None:
    """A session with all its people and answers."""
    con.execute("DELETE FROM sessions WHERE id = ?", [session])


def choose(con: sqlite3.Connection, name: str, value: str) -> None:
    con.execute("INSERT OR REPLACE INTO choices VALUES (?, ?)", [name, value])
