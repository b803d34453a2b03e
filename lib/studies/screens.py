"""What one person's phone shows now: a question, what they answered, or that there is nothing to do."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from lib.store.sessions import AnswerRow, PersonRow, SessionRow
from lib.studies.plan import Hour, Option, Question, Step, StepKind, Text

DOING: dict[StepKind, str] = {
    "read": "Read",
    "predict": "Predict",
    "reveal": "The answers",
    "rate": "Rate, without names",
    "revise": "Revise",
    "check": "Quick check",
}


class Screen(NamedTuple):
    """`question` where one is to be answered, shown with `texts`; `chosen` and `turn`: what is stored of it so far.

    `given`: questions answered already, which may be opened again. `explained`: each question of a quick check that is
    closed, with what was chosen.
    """

    kind: Literal["wait", "ask", "given", "explained", "over"]
    heading: str
    note: str = ""
    step: int = -1
    question: Question | None = None
    texts: tuple[Text, ...] = ()
    options: tuple[Option, ...] = ()
    chosen: tuple[str, ...] = ()
    turn: int = 0
    done: int = 0
    of: int = 0
    left: float | None = None  # seconds until the step closes
    given: tuple[Question, ...] = ()
    explained: tuple[tuple[Question, tuple[str, ...]], ...] = ()


def hour_screen(
    hour: Hour, session: SessionRow, person: PersonRow, answers: Sequence[AnswerRow], now: float, again: str = ""
) -> Screen:
    """`answers`: the person's own. `again`: the key of a question that they want to change."""
    if session.ended or now >= session.expires:
        return Screen("over", "The hour is over", "Thank you for taking part.")
    if not 0 <= session.step < len(hour.steps):
        return Screen("wait", "You’re in", "The first question appears here as soon as it is opened.")
    step = hour.steps[session.step]
    mine = {a.question: a for a in answers if a.step == session.step}
    if not session.takes_answers(now):
        return _closed(step, mine)
    waiting = [q for q in step.questions if q.key not in mine]
    known = {q.key: q for q in step.questions}
    left = None if session.until is None else session.until - now
    question = known.get(again) or next(iter(waiting), None)
    if question is None:
        return Screen(
            "given",
            "Counted",
            "Look at the screen in front. You can still change an answer.",
            session.step,
            left=left,
            given=step.questions,
        )
    before = mine.get(question.key)
    return asking(
        Screen(
            "ask",
            DOING[step.kind],
            step=session.step,
            question=question,
            chosen=chosen_of(question, before.value if before else ""),
            turn=before.turn if before else 0,
            done=len(step.questions) - len(waiting),
            of=len(step.questions),
            left=left,
        ),
        hour.part(step).texts,
        turned=bool(person.number % 2),
    )


def asking(screen: Screen, texts: Mapping[str, Text], turned: bool) -> Screen:
    """The screen with the texts and options of its question; `turned`: the second of two answers comes first."""
    assert screen.question is not None
    options, keys = list(screen.question.options), list(screen.question.texts)
    if turned:
        _swap(options, [o.key for o in options], "A", "B")
        _swap(keys, keys[:], "answer-A", "answer-B")
    return screen._replace(options=tuple(options), texts=tuple(texts[k] for k in keys if k in texts))


def _swap(things: list, names: Sequence[str], one: str, other: str) -> None:
    if one in names and other in names:
        i, k = names.index(one), names.index(other)
        things[i], things[k] = things[k], things[i]


def chosen_of(question: Question, value: str) -> tuple[str, ...]:
    """A stored value as what was chosen: the line, or option keys."""
    if question.kind == "line":
        return (value,) if value else ()
    return tuple(value.split())


def _closed(step: Step, mine: Mapping[str, AnswerRow]) -> Screen:
    note = "This question is closed. Look at the screen in front."
    if step.kind != "check":
        return Screen("wait", DOING[step.kind], note)
    told = tuple((q, chosen_of(q, mine[q.key].value if q.key in mine else "")) for q in step.questions)
    return Screen("explained", DOING[step.kind], note, explained=told)
