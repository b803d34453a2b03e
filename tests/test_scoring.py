"""Scores of stored answers: each answer once, nothing scored that has no text or no case."""

from lib.criteria import SCORER
from lib.dataset import SCORE_SCHEMA, read_table
from lib.scoring import score_missing
from tests.makers import response, store_answers, the_case


def _rows(paths) -> list[dict]:
    return [row for p in paths.scores.glob("*.parquet") for row in read_table(p, SCORE_SCHEMA)]


def test_each_answer_is_scored_once(tiny_data):
    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case), response(case, sample=1, text="")])
    assert score_missing(tiny_data, [case]) == 2
    assert score_missing(tiny_data, [case]) == 0
    rows = _rows(tiny_data)
    assert len(rows) == 6 and {r["scorer"] for r in rows} == {SCORER}
    assert {r["status"] for r in rows if r["sample"] == 1} == {"incoherent"}


def test_failures_and_answers_to_unknown_prompts_stay_unscored(tiny_data):
    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case, text=None), response(case, sample=1, prompt_id="broken-vase/gone")])
    assert score_missing(tiny_data, [case]) == 0 and _rows(tiny_data) == []


def test_new_answers_are_added_to_the_scored(tiny_data):
    from dataclasses import replace

    from tests.makers import RUN

    case = the_case(tiny_data)
    store_answers(tiny_data, [response(case)])
    score_missing(tiny_data, [case])
    store_answers(tiny_data, [response(case, sample=1)], replace(RUN, id="tiny-chat.broken-vase.more"))
    assert score_missing(tiny_data, [case]) == 1 and len(_rows(tiny_data)) == 6
