"""Statements: whether an answer says or does a thing that no pattern can decide, judged by a larger local model.

The model is asked a yes-no question about the answer. What it would reply is worth little (lib/validation/statements.py
has the figures); a logistic regression on its hidden state at the end of the question is worth more, and counts where
it is sure.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from lib.domain import CaseStudy, Check, Judgement, Message, StatementQuestion
from lib.scoring.heads import Heads

JUDGE = "qwen2.5-coder-1.5b-instruct"  # the id of the model that is asked
LAYER = 20  # whose state is used, of 28; chosen out of fold
HEAD = "statement"
SURE = 0.85  # from this probability up an answer says it, from 1 - SURE down not; between them it can't be told


def questions(checks: Iterable[Check], messages: Sequence[Message], text: str) -> list[StatementQuestion]:
    """What the judge is asked of an answer, one question for each check of a statement."""
    return [StatementQuestion(messages[-1].content, text, c.statement) for c in checks if c.statement]


def judgements(checks: Iterable[Check], heads: Heads, states: np.ndarray) -> tuple[Judgement, ...]:
    """What the judge finds of one answer. `states`: the state of each of its `questions`, shape (questions, width)."""
    keys = [c.key for c in checks if c.statement]
    if not keys:
        return ()
    found = heads.of[HEAD].calibrated(states)
    return tuple(judgement(key, p.value) for key, p in zip(keys, found, strict=True))


class ToJudge(NamedTuple):
    """An answer, what was asked, and the checks of the prompt."""

    checks: Sequence[Check]
    messages: Sequence[Message]
    text: str


def judged(
    answers: Sequence[ToJudge], heads: Heads, read: Callable[[Sequence[StatementQuestion]], np.ndarray]
) -> list[tuple[Judgement, ...]]:
    """What the judge finds of each answer; `read` brings the states of all questions together."""
    asked = [questions(a.checks, a.messages, a.text) for a in answers]
    states = iter(read([q for each in asked for q in each]))
    return [
        judgements(a.checks, heads, np.array([next(states) for _ in q])) for a, q in zip(answers, asked, strict=True)
    ]


def judgement(key: str, probability: float) -> Judgement:
    """What a probability that an answer says a thing comes to."""
    if probability >= SURE or probability <= 1 - SURE:
        return Judgement(key, probability >= SURE, f"judged by {JUDGE}: {probability:.2f}")
    return Judgement(key, None, f"{JUDGE} is not sure: {probability:.2f}")


def has_statements(cases: Sequence[CaseStudy]) -> bool:
    return any(check.statement for case in cases for check in case.checks)
