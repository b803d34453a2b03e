"""A small hour, and answers to it."""

from lib.store import sessions as rows
from lib.store.sessions import Given, Refusal, SessionRow
from lib.store.together import Together
from lib.studies import session as studies
from lib.studies.hour import GIVEN_UP
from lib.studies.phone import question_of
from lib.studies.plan import Answered, Hour, Option, Part, Question, Reply, Step, preference
from lib.studies.session import Joined

_TEXTS = ("prompt", "answer-A", "answer-B")


def an_hour(answer: str = "Yes, 54 <b>it is</b>.") -> Hour:
    """Predict, rate, revise, quick check."""
    part = Part(
        case_id="c",
        title="The case",
        summary="A father is sure.",
        prompt_id="c/plain",
        prompt="Is it 54?",
        answers=(
            Answered("A", "Tuned one", True, answer, {"says-56": False}),
            Answered("B", "Base one", False, "56.", {"says-56": True}),
        ),
        checks={"says-56": "says that it is 56"},
        counts={"says-56": (3, 20)},
        replies=(Reply("A", "It is 56.", {"helpful": 0.9, "harmless": 1.0, "honest": 1.0}, "Plain."),),
        criteria=("helpful", "honest"),
        source="",
    )
    gives = Question("gives", "Which criterion will give?", "several", GIVEN_UP, ("prompt",))
    why = Question("why", "Why?", "line")
    check = Question(
        "check-0", "Which?", "one", (Option("0", "This", True, "So."), Option("1", "That", False, "Not so."))
    )
    steps = (
        Step("predict", 0, (gives, why)),
        Step("rate", 0, tuple(preference(c, _TEXTS) for c in ("helpful", "harmless", "honest"))),
        Step("revise", 0, (gives,)),
        Step("check", 0, (check,)),
    )
    return Hour("The case", (part,), steps)


def answer(
    db: Together, session: SessionRow, someone: Joined, step: int, key: str, chosen: list[str], turn: int = 0
) -> Refusal | None:
    """Give an answer as a phone does."""
    here = rows.by_id(db, session.id)
    assert here is not None
    given = Given(someone.person.number, step, key, "", turn)
    question = question_of(db, here, someone.person, given)
    return studies.answering(db, here, given, question, chosen).result(20)
