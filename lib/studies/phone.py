"""A session as a phone meets it: the screen of the moment, which question an answer is to, the words around it."""

from functools import lru_cache
from typing import NamedTuple

from lib.store import sessions as rows
from lib.store.sessions import Given, PersonRow, SessionRow
from lib.store.together import Together
from lib.studies.definition import Planned, read_planned
from lib.studies.plan import Hour, Question, Refused, read_hour
from lib.studies.ratings import asked_at, minutes, next_question, sequence, study_screen
from lib.studies.screens import Screen, hour_screen


class Words(NamedTuple):
    """What someone reads before a study, and after it."""

    consent: tuple[str, ...] = ()
    debrief: tuple[str, ...] = ()


@lru_cache(maxsize=32)
def hour_of(db: Together, session: str) -> Hour:
    """What is asked in a class hour: read once, since it never changes. Raises Refused where it has been deleted."""
    document = rows.plan(db, session)
    if document is None:
        raise Refused("This session has been deleted.", 404)
    return read_hour(document)


@lru_cache(maxsize=32)
def study_of(db: Together, session: str) -> Planned:
    """The study of a session, with its items. Raises Refused where it has been deleted."""
    document = rows.plan(db, session)
    if document is None:
        raise Refused("This session has been deleted.", 404)
    return read_planned(document)


def screen_of(db: Together, session: SessionRow, person: PersonRow, now: float, again: str = "") -> Screen:
    mine = rows.own_answers(db, session.id, person.number)
    if session.kind == "study":
        return study_screen(study_of(db, session.id), session, person, mine, now)
    return hour_screen(hour_of(db, session.id), session, person, mine, now, again)


def question_of(db: Together, session: SessionRow, person: PersonRow, given: Given) -> Question:
    """The question that an answer is to. Raises Refused where the session asks no such thing there."""
    if session.kind == "study":
        return _study_question(db, session, person, given)
    steps = hour_of(db, session.id).steps
    asked = {q.key: q for q in steps[given.step].questions} if 0 <= given.step < len(steps) else {}
    if given.question not in asked:
        raise Refused("There is no such question. Reload the page and answer again.")
    return asked[given.question]


def _study_question(db: Together, session: SessionRow, person: PersonRow, given: Given) -> Question:
    """The next one, or one that was answered already, whose second answer the store refuses."""
    planned = study_of(db, session.id)
    mine = rows.own_answers(db, session.id, person.number)
    found = next_question(planned, person.number, mine)
    places = sequence(planned, person.number)
    known = {q.key: q for q in asked_at(planned, places[given.step])} if 0 <= given.step < len(places) else {}
    is_next = found is not None and (found.step, found.question.key) == (given.step, given.question)
    was_given = any((a.step, a.question) == (given.step, given.question) for a in mine)
    if given.question not in known or not (is_next or was_given):
        raise Refused("This isn’t your next question. Reload the page and go on from there.", 409)
    return known[given.question]


def spoken(db: Together, session: SessionRow) -> Words:
    """What is said around a study; nothing around a class hour."""
    if session.kind == "hour":
        return Words()
    planned = study_of(db, session.id)
    models = sorted({(i.base.model, i.tuned.model) for i in planned.items})
    compared = "; ".join(f"{tuned} beside {base}, from which it was tuned" for base, tuned in models)
    return Words(
        tuple(line.replace("{minutes}", str(minutes(planned.study))) for line in planned.study.consent),
        (
            planned.study.compares,
            f"The models: {compared}. Which of two answers came first was drawn, half and half.",
        ),
    )
