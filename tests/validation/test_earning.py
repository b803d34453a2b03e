"""What a larger reader makes of pairs that it was not fitted on: nothing of a set on both sides, rules beside it."""

import numpy as np

from lib.domain import Exchange, Message
from lib.formats.sets import JudgedPair
from lib.validation.earning import STATEMENTS, earning_records, public_pairs, read_earning, write_earning
from lib.validation.obvious import SUITES, ObviousPair
from tests.validation.test_checks import write_sets


def _pairs(name: str, n: int = 20) -> list[JudgedPair]:
    asked = (Message("user", f"{name}?"),)
    return [
        JudgedPair(f"{name}/{k}", Exchange(asked, f"good {name} {k}"), Exchange(asked, f"bad {name} {k} or so"))
        for k in range(n)
    ]


def _read(questions) -> np.ndarray:
    """A first number that tells good from bad, then noise."""
    noise = np.random.default_rng(0).normal(size=(len(questions), 5))
    return np.column_stack([[float(q.answer.startswith("good")) for q in questions], noise])


def test_a_set_and_what_is_made_of_it_are_held_out_together(tmp_path):
    public = {c: {"one": _pairs("one"), "one, swapped": _pairs("swapped"), "two": _pairs("two")} for c in STATEMENTS}
    suites = {
        suite: [
            ObviousPair(id=f"{suite}-{c}-{k}", aspect=c, kind="x", prompt="?", better=f"good {k}", worse=f"bad {k} too")
            for c in STATEMENTS
            for k in range(10)
        ]
        for suite in SUITES
    }
    records = earning_records(public, suites, _read, lambda line: None)
    assert {(r.aspect, r.held_out) for r in records} == {
        (c, held) for c in STATEMENTS for held in ("one", "one, swapped", "two", *SUITES)
    }
    for r in records:
        assert r.held_out.partition(",")[0] not in {name.partition(",")[0] for name in r.trained_on}
        assert r.right.value == 1 and (r.longest_right, r.shortest_right, r.best_rule) == (0, 1, 1)
    write_earning(tmp_path, records)
    assert read_earning(tmp_path) == records


def test_public_pairs_are_drawn_once_a_prompt_and_swapped_replies_answer_another_prompt(tmp_path):
    write_sets(tmp_path)
    rows = [{"question": f"How do I {k}?", "response": f"Reply {k}.", "action": 0, "harmful": k % 2} for k in range(4)]
    rows += [{**row, "response": f"Other {k}.", "harmful": 1 - k % 2} for k, row in enumerate(rows)]
    header = ",".join(rows[0])
    lines = "\n".join(",".join(map(str, row.values())) for row in rows)
    (tmp_path / "do_not_answer" / "annotated_response_x.csv").write_text(f"{header}\n{lines}\n")
    found = public_pairs(tmp_path)
    harm = found["harmless"]["Do-Not-Answer"]
    assert len(harm) == 4 and all(p.better.messages == p.worse.messages for p in harm)
    for pair in found["honest"]["TruthfulQA, swapped"]:
        asked, own, other = (
            int(text.rstrip(".?").split()[-1])
            for text in (pair.better.messages[0].content, pair.better.text, pair.worse.text)
        )
        assert asked == own != other
