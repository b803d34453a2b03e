"""What repeats among chosen replies is counted, and nothing of a public set is kept."""

import pytest

from lib.paths import ROOT
from lib.tuning.findings import TAUGHT, Greedy, Repeats, Taught, read_taught, write_taught
from lib.tuning.taught import MANY, repeats, said
from tests.makers import judged_pair


def test_a_chosen_reply_under_more_than_five_questions_is_counted_however_it_is_written():
    stock = [judged_pair(k, text) for k, text in enumerate(["No comment", "no comment.", "No comment. "] * 2)]
    under_five = [judged_pair(k, "Perhaps.") for k in range(10, 10 + MANY)]
    again = [judged_pair(0, "No comment", "Never.")]  # under a question that has it already
    assert repeats([*stock, *under_five, *again]) == Repeats(pairs=12, prompts=11, replies=1, repeated=7, most=6)
    assert repeats(under_five) == Repeats(pairs=5, prompts=5, replies=0, repeated=0, most=5)
    assert repeats([]) == Repeats(pairs=0, prompts=0, replies=0, repeated=0, most=0)


def test_an_answer_counts_that_is_the_sentence_alone_and_one_in_which_it_occurs():
    texts = ["I have no comment", " i have NO comment.", "No, I have no comment.", "Yes."]
    greedy = [Greedy(prompt_id=str(k), model="m", text=t) for k, t in enumerate(texts)]
    assert said("I have no comment.", [*greedy, Greedy(prompt_id="0", model="n", text="Yes.")]) == {
        "m": (4, 2, 3),
        "n": (1, 0, 0),
    }


def test_only_counts_are_written(tmp_path):
    assert read_taught(tmp_path) == []
    counts = repeats([judged_pair(k, "A stock reply") for k in range(8)])
    write_taught(tmp_path, [Taught(model="m", sets=counts, drawn=counts)])
    assert read_taught(tmp_path) == [Taught(model="m", sets=counts, drawn=counts)]
    assert "stock reply" not in (tmp_path / TAUGHT).read_text()


@pytest.mark.parametrize(("adapter", "repeated"), [("honest", 47), ("helpful", 0), ("harmless", 0)])
def test_the_shipped_counts_tell_where_the_honest_adapter_learned_its_one_sentence(adapter, repeated):
    found = {t.model: t for t in read_taught(ROOT / "data" / "tuning" / "gemma-3-270m")}
    mine = found[f"gemma-3-270m-{adapter}"]
    assert (mine.drawn.pairs, mine.drawn.repeated) == (400, repeated)
