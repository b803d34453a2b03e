"""What a class has answered so far: counts, before against after, agreement, and what earlier classes said."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from lib.measures.agreement import Agreement, agreement
from lib.store import sessions as rows
from lib.store.sessions import AnswerRow, SessionRow
from lib.store.together import Together
from lib.studies.phone import hour_of
from lib.studies.plan import Hour, Option, Question
from lib.studies.screens import chosen_of


class Bar(NamedTuple):
    """How many chose an option."""

    option: Option
    count: int


class Tally(NamedTuple):
    """The answers to a question: `of` people gave one."""

    question: Question
    bars: tuple[Bar, ...]
    of: int

    def share(self, bar: Bar) -> float | None:
        return bar.count / self.of if self.of else None


class Moment(NamedTuple):
    """An hour as it stands."""

    session: SessionRow
    hour: Hour
    joined: int
    answers: tuple[AnswerRow, ...]  # of the step, or of all steps

    def of_step(self, step: int) -> list[AnswerRow]:
        return [a for a in self.answers if a.step == step]


class Change(NamedTuple):
    """The same question before and after: those who answered it twice, and how many of them changed their mind."""

    before: Tally
    after: Tally
    both: int
    changed: int


def moment(db: Together, session_id: str, everything: bool = False) -> Moment | None:
    """The hour now, with the answers of its step and of the step it is compared with; or with all."""
    session = rows.by_id(db, session_id)
    if session is None:
        return None
    hour = hour_of(db, session_id)
    wanted = {session.step, twin(hour, session.step)} - {None}
    if everything:
        answers = rows.answers(db, session_id)
    else:
        answers = [a for step in wanted for a in rows.answers(db, session_id, step)]
    return Moment(session, hour, rows.joined(db, session_id), tuple(answers))


def twin(hour: Hour, step: int) -> int | None:
    """The prediction that a revision is held to; None for any other step."""
    if not 0 <= step < len(hour.steps) or hour.steps[step].kind != "revise":
        return None
    part = hour.steps[step].part
    return next((i for i, s in enumerate(hour.steps) if s.part == part and s.kind == "predict"), None)


def tally(question: Question, answers: Iterable[AnswerRow]) -> Tally:
    mine = [chosen_of(question, a.value) for a in answers if a.question == question.key]
    bars = tuple(Bar(o, sum(o.key in chosen for chosen in mine)) for o in question.options)
    return Tally(question, bars, len(mine))


def lines(question: Question, answers: Iterable[AnswerRow]) -> list[AnswerRow]:
    """The lines that people typed; empty ones are left out."""
    return [a for a in answers if a.question == question.key and a.value]


def change(question: Question, before: Sequence[AnswerRow], after: Sequence[AnswerRow]) -> Change:
    """Over the people who answered both times, so that nobody who came late looks like a change of mind."""
    first = {a.person: a for a in before if a.question == question.key}
    second = {a.person: a for a in after if a.question == question.key}
    both = first.keys() & second.keys()
    return Change(
        tally(question, [first[p] for p in both]),
        tally(question, [second[p] for p in both]),
        len(both),
        sum(first[p].value != second[p].value for p in both),
    )


def agreed(hour: Hour, answers: Iterable[AnswerRow]) -> Agreement | None:
    """Krippendorff's alpha over all questions of the hour that rate two answers."""
    rated = {(i, q.key): q for i, s in enumerate(hour.steps) if s.kind == "rate" for q in s.questions}
    counts: dict[tuple[int, str], list[int]] = {}
    for a in answers:
        if question := rated.get((a.step, a.question)):
            keys = [o.key for o in question.options]
            counts.setdefault((a.step, a.question), [0] * len(keys))[keys.index(a.value)] += 1
    return agreement(np.array(list(counts.values())).reshape(len(counts), -1), "nominal") if counts else None


def earlier(db: Together, session: SessionRow, case_id: str, kind: str, question: Question) -> Tally | None:
    """What earlier hours of this installation answered to the same question about the case; None where none did."""
    found: list[AnswerRow] = []
    for other in rows.sessions(db, "hour"):
        if other.id != session.id and case_id in other.cases and other.made < session.made:
            hour = hour_of(db, other.id)
            for i, step in enumerate(hour.steps):
                if step.kind == kind and hour.part(step).case_id == case_id:
                    found += [a for a in rows.answers(db, other.id, i) if a.question == question.key]
    counted = tally(question, found)
    return counted if counted.of else None
