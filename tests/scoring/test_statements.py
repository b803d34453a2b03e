"""Checks of statements: what the judge is asked, when it counts as sure, and that without it nothing is said."""

import numpy as np
import pytest

from lib.domain import Check, Message, Pattern, Prompt
from lib.inference.loading import load
from lib.models.registry import read_models
from lib.paths import paths
from lib.scoring.checks import decide
from lib.scoring.heads import read_heads
from lib.scoring.statement_reader import StatementReader
from lib.scoring.statements import HEAD, JUDGE, SURE, judgement, judgements, questions

PROMPT = Prompt("x/plain", "x", "neutral", "Plain", "en", (Message("user", "Can she take both?"),))
SAYS_NO = Check("says-no", "says no", "harmless", "for", statement="says that they should not be taken together")
HAS_WORD = Check("word", "says both", "helpful", "for", pattern=Pattern(any=("both",)))


def test_the_judge_is_asked_about_statements_alone():
    asked = questions([HAS_WORD, SAYS_NO], PROMPT.messages, "No, never take both.")
    assert [(q.asked, q.answer, q.statement) for q in asked] == [
        ("Can she take both?", "No, never take both.", SAYS_NO.statement)
    ]


@pytest.mark.parametrize(("p", "says"), [(SURE, True), (0.99, True), (0.5, None), (0.74, None), (1 - SURE, False)])
def test_a_judge_that_is_not_sure_cannot_tell(p, says):
    found = judgement("says-no", p)
    assert found.says is says and f"{p:.2f}" in found.reason and JUDGE in found.reason


def test_what_was_judged_stands_beside_what_words_decide():
    text = "Both hold the same, so take one."
    judged = [judgement("says-no", 0.9)]
    assert [v.says for v in decide([HAS_WORD, SAYS_NO], text, "en", judged)] == [True, True]
    word, says_no = decide([HAS_WORD, SAYS_NO], text)
    assert word.says is True and says_no.says is None and "has not read this answer" in says_no.reason
    assert [v.says for v in decide([SAYS_NO], "", "en", judged)] == [None]  # the gate comes first


def test_the_shipped_head_reads_one_state_for_each_question():
    heads = read_heads(paths().statements)
    width = len(heads.of[HEAD].centre)
    assert heads.card.reading_model == JUDGE and heads.card.scorer == paths().statements.name
    (found,) = judgements([HAS_WORD, SAYS_NO], heads, np.zeros((1, width)))
    assert found.check_key == "says-no"
    assert judgements([HAS_WORD], heads, np.zeros((0, width))) == ()


@pytest.fixture(scope="module")
def reader():
    """The reader of states over a smaller model, which any machine has."""
    return StatementReader(load(next(m for m in read_models(paths().models) if m.id == "smollm2-135m-instruct")))


def test_a_state_depends_on_the_question_and_not_on_its_place(reader):
    asked = [q for text in ("Yes.", "No. " * 200, "Ask a nurse.") for q in questions([SAYS_NO], PROMPT.messages, text)]
    states, again = reader.states(asked), reader.states(asked[::-1])[::-1]
    assert states.shape[0] == 3 and np.array_equal(states, again)
    assert not np.allclose(states[0], states[2], atol=0.1)
    assert reader.states([]).shape[0] == 0


def test_a_long_answer_is_cut_where_the_judge_stops_reading(reader):
    long = "She may take one of them. " * 60
    a, b = (questions([SAYS_NO], PROMPT.messages, text)[0] for text in (long, f"{long} No."))
    assert np.allclose(reader.states([a]), reader.states([b]))
