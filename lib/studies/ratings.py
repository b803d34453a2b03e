"""Who rates what in which order: a Latin square over items, both orders of the answers, and the next question."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from lib.store.sessions import AnswerRow, PersonRow, SessionRow
from lib.studies.definition import ATTENTION, ATTENTION_TEXTS, Item, Planned, Study, questions
from lib.studies.plan import Question
from lib.studies.plan import Text as Shown
from lib.studies.screens import Screen, asking

_SECONDS = 7  # that a question takes, for the time that people are told


class Place(NamedTuple):
    """An item as one person meets it, or the one for attention, which is none. `tuned_first`: the tuned model is A."""

    item: Item | None
    tuned_first: bool = False


def sequence(planned: Planned, number: int) -> list[Place]:
    """What the person with this number rates, in order.

    The rows of a cyclic Latin square over all items, in an order drawn once: of as many persons as there are items,
    each item is in each place once, and of twice as many in both orders of its answers. A person meets both orders
    equally often.
    """
    many = len(planned.items)
    drawn = random.Random(planned.study.seed)
    items, starts = list(planned.items), list(range(many))
    drawn.shuffle(items)
    drawn.shuffle(starts)
    row, block = number % many, number // many
    places = [
        Place(items[(starts[row] + k) % many], tuned_first=bool((k + row + block) % 2)) for k in range(planned.each)
    ]
    if planned.study.attention:
        places.insert((planned.each + 1) // 2, Place(None))
    return places


def texts(place: Place) -> dict[str, Shown]:
    """What someone reads: the prompt, and the answers as A and B."""
    if place.item is None:
        return ATTENTION_TEXTS
    sides = (place.item.base, place.item.tuned)
    first, second = reversed(sides) if place.tuned_first else sides
    shown = (
        Shown("prompt", "What was asked", place.item.prompt),
        Shown("answer-A", "Answer A", first.text),
        Shown("answer-B", "Answer B", second.text),
    )
    return {t.key: t for t in shown}


def asked_at(planned: Planned, place: Place) -> tuple[Question, ...]:
    return questions(planned.study) if place.item else (ATTENTION,)


class Next(NamedTuple):
    """The question that someone has to answer now, and in which place of their sequence."""

    step: int
    place: Place
    question: Question
    done: int
    of: int


def next_question(planned: Planned, number: int, answers: Sequence[AnswerRow]) -> Next | None:
    """None after the last. `answers`: the person's own."""
    given = {(a.step, a.question) for a in answers}
    places = sequence(planned, number)
    every = [(step, place, q) for step, place in enumerate(places) for q in asked_at(planned, place)]
    for step, place, question in every:
        if (step, question.key) not in given:
            return Next(step, place, question, len(given), len(every))
    return None


def minutes(study: Study) -> int:
    """How long it takes, roughly."""
    per_item = len(questions(study)) * _SECONDS + 20
    return max(1, round(study.items * per_item / 60))


def study_screen(
    planned: Planned, session: SessionRow, person: PersonRow, answers: Sequence[AnswerRow], now: float
) -> Screen:
    found = next_question(planned, person.number, answers)
    if found is None:
        return Screen("over", "That was the last one", "Thank you. Your answers are stored.")
    if not session.takes_answers(now):
        return Screen("over", "The study is closed", "Thank you. What you answered so far is stored.")
    shown = Screen("ask", session.title, step=found.step, question=found.question, done=found.done, of=found.of)
    return asking(shown, texts(found.place), turned=False)
