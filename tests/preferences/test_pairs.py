"""Which sets a criterion's pairs come from, and TruthfulQA's answers as pairs, in two ways."""

import pytest

from lib.domain import Exchange, Message, TrilemmaError
from lib.formats.sets import JudgedReply
from lib.preferences.pairs import read_pairs, sets_of, truth_pairs_by_rank, truth_pairs_in_turn


def _replies(question: str, trues: str, untrues: str) -> list[JudgedReply]:
    asked = (Message("user", question),)
    return [
        JudgedReply(question, Exchange(asked, t), label) for label, texts in ((1, trues), (0, untrues)) for t in texts
    ]


REPLIES = [*_replies("Why?", "abcde", "xy"), *_replies("How?", "f", ""), *_replies("Who?", "g", "z")]


def test_by_rank_each_answer_is_used_at_most_once():
    assert [(p.better.text, p.worse.text) for p in truth_pairs_by_rank(REPLIES)] == [("a", "x"), ("b", "y"), ("g", "z")]


def test_in_turn_untrue_answers_are_used_again_for_at_most_so_many_true_ones():
    found = [(p.group, p.better.text, p.worse.text) for p in truth_pairs_in_turn(REPLIES, most=3)]
    assert found == [("Why?", "a", "x"), ("Why?", "b", "y"), ("Why?", "c", "x"), ("Who?", "g", "z")]
    assert len(truth_pairs_in_turn(REPLIES)) == 5


def test_a_recipe_may_name_other_sets_than_the_usual_ones(tmp_path):
    assert sets_of("helpful", {}) == ("PandaLM",)
    assert sets_of("helpful", {"helpful": ("PandaLM", "LLMBar")}) == ("PandaLM", "LLMBar")
    with pytest.raises(TrilemmaError, match=r"Unknown set 'Panda'\. Known: PandaLM, LLMBar"):
        read_pairs(tmp_path, "helpful", {"helpful": ("Panda",)})
