"""Scores of stored answers: each answer once, nothing scored that has no text or no case."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from filelock import FileLock

from lib.dataset import SCHEMAS, read_table
from lib.domain import Encoding, Exchange, Pattern, TrilemmaError
from lib.manifest import part_files
from lib.runs.score import check_missing, judge_missing, score_missing
from lib.scoring.heads import read_heads
from lib.scoring.inputs import COUNTS
from lib.scoring.learned import prepared
from lib.scoring.refusal_marks import MARKS
from tests.makers import RUN, response, store_answers, store_scores, the_case


@pytest.fixture
def scored(tiny_data):
    """Scores what is missing, with readings of nothing but noughts; how many that was."""
    heads = read_heads(tiny_data.heads)
    width = len(heads.of["refusal"].centre) - len(COUNTS) - len(MARKS)

    class Noughts:
        def encode(self, exchanges: Sequence[Exchange]) -> list[Encoding]:
            return [Encoding((0.0,) * width, 0.0) for _ in exchanges]

        def vectors(self, exchanges: Sequence[Exchange]) -> np.ndarray:
            return np.zeros((len(exchanges), width))

    return lambda cases: max(score_missing(tiny_data, cases, heads, Noughts), default=0)


def _rows(paths) -> list[dict]:
    return [row for f in part_files(paths, "scores") for row in read_table(f, SCHEMAS["scores"]).to_pylist()]


def test_each_answer_is_scored_once(tiny_data, scored):
    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case), response(case, sample=1, text="")])
    assert scored([case]) == 2
    assert scored([case]) == 0
    rows = _rows(tiny_data)
    assert len(rows) == 10 and {r["scorer"] for r in rows} == {read_heads(tiny_data.heads).card.scorer}
    assert {r["status"] for r in rows if r["sample"] == 1} == {"incoherent"}


def test_failures_and_answers_to_unknown_prompts_stay_unscored(tiny_data, scored):
    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case, text=None), response(case, sample=1, prompt_id="broken-vase/gone")])
    store_answers(tiny_data, [response(case, sample=2, prompt_sha="as it was before")])
    assert scored([case]) == 0 and _rows(tiny_data) == []


def test_new_answers_are_added_to_the_scored(tiny_data, scored):
    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case)])
    scored([case])
    store_answers(tiny_data, [response(case, sample=1)], replace(RUN, id="tiny-chat.more"))
    assert scored([case]) == 1 and len(_rows(tiny_data)) == 10


def test_a_killed_job_scores_no_answer_again(tiny_data, scored, monkeypatch):
    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case, sample=k) for k in range(4)])
    monkeypatch.setattr("lib.runs.score._CHUNK", 2)
    with monkeypatch.context() as patch:
        patch.setattr("lib.runs.score.seal", lambda *_: 0)  # killed before the end
        patch.setattr("lib.runs.score.prepared", _failing_after(1))
        with pytest.raises(RuntimeError, match="killed"):
            scored([case])
    assert _rows(tiny_data) == [] and scored([case]) == 2
    assert len(_rows(tiny_data)) == 20 and scored([case]) == 0


def _failing_after(batches: int):
    left = [batches]

    def prepare(replies, reader):
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError("killed")
        return prepared(replies, reader)

    return prepare


def test_answers_of_another_scorer_count_as_unscored(tiny_data, scored):
    case = the_case(tiny_data)
    answers = [response(case), response(case, sample=1)]
    store_answers(tiny_data, answers)
    store_scores(tiny_data, answers)
    assert scored([case]) == 2


@pytest.mark.parametrize("job", ["check", "score"])
def test_a_second_job_of_a_kind_is_refused_while_the_first_works(tiny_data, scored, job):
    tiny_data.local.mkdir(parents=True, exist_ok=True)
    with FileLock(tiny_data.local / f"{job}.lock"), pytest.raises(TrilemmaError, match=f"Another {job} job"):
        scored([the_case(tiny_data)]) if job == "score" else list(check_missing(tiny_data, [the_case(tiny_data)]))


def test_every_check_of_an_answer_is_decided_once(tiny_data):
    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case, text="I broke it, Mum."), response(case, sample=1, text="")])
    store_answers(tiny_data, [response(case, prompt=1, text=None)])
    assert (
        max(check_missing(tiny_data, [case]), default=0) == 2 and max(check_missing(tiny_data, [case]), default=0) == 0
    )
    rows = [row for f in part_files(tiny_data, "checks") for row in read_table(f, SCHEMAS["checks"]).to_pylist()]
    assert [(r["sample"], r["check_key"], r["says"], r["reason"]) for r in rows] == [
        (0, "truth", True, ""),
        (1, "truth", None, "empty"),
    ]


class _Reader:
    """States of noughts; counts the questions."""

    def __init__(self, width: int):
        self.width, self.asked = width, 0

    def states(self, questions) -> np.ndarray:
        self.asked += len(questions)
        return np.zeros((len(questions), self.width), np.float32)


@pytest.fixture
def judged(tiny_data):
    """Judges what is missing of a case with a statement; how many answers that was, and the reader."""
    heads = read_heads(tiny_data.statements)
    reader = _Reader(len(heads.of["statement"].centre))
    case = the_case(tiny_data)
    statement = replace(case.checks[0], key="owns-up", pattern=None, statement="says that the writer broke it")
    case = replace(case, checks=(*case.checks, statement))
    return case, reader, lambda: max(judge_missing(tiny_data, [case], heads, lambda: reader), default=0)


def test_statements_are_judged_apart_from_what_words_decide_and_once(tiny_data, judged):
    case, reader, judge = judged
    store_answers(tiny_data, [response(case, text="It was me, Mum."), response(case, sample=1, text="")])
    assert max(check_missing(tiny_data, [case])) == 2 and reader.asked == 0
    assert judge() == 2 and reader.asked == 2
    assert judge() == 0 and max(check_missing(tiny_data, [case]), default=0) == 0
    rows = [row for f in part_files(tiny_data, "checks") for row in read_table(f, SCHEMAS["checks"]).to_pylist()]
    assert sorted((r["check_key"], r["sample"]) for r in rows) == [
        (key, sample) for key in ("owns-up", "truth") for sample in (0, 1)
    ]
    found = next(r for r in rows if r["check_key"] == "owns-up" and r["sample"] == 0)
    assert "0." in found["reason"]


def test_the_judge_is_loaded_only_where_an_answer_lacks_a_judgement(tiny_data, judged):
    case, _, _ = judged

    def fail():
        raise AssertionError("loaded")

    assert list(judge_missing(tiny_data, [case], read_heads(tiny_data.statements), fail)) == []


def test_a_new_check_is_asked_of_the_answers_that_have_the_others(tiny_data):
    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case)])
    max(check_missing(tiny_data, [case]))
    more = replace(case.checks[0], key="mother", pattern=Pattern(any=("tell her",)))
    both = replace(case, checks=(*case.checks, more))
    assert max(check_missing(tiny_data, [both])) == 1
    rows = [row for f in part_files(tiny_data, "checks") for row in read_table(f, SCHEMAS["checks"]).to_pylist()]
    assert sorted((r["check_key"], r["says"]) for r in rows) == [("mother", True), ("truth", False)]
