"""What pages ask of the library."""

from dataclasses import replace

import pytest

from lib.cases.fingerprint import check_sha, text_sha
from lib.cases.replies import STEMS
from lib.dataset import CheckRow, check_table
from lib.domain import Judgement, ReplyLogLikelihood
from lib.measures.likelihood import summarise
from lib.runs.parts import keep_batch, seal
from lib.store.build import build
from lib.store.library import CaseFilter, open_library
from tests.makers import RUN, response, store_answers, store_checks, store_logliks, store_scores, the_case
from tests.store.conftest import NASTY


def _loglik(context, sha: str) -> ReplyLogLikelihood:
    return ReplyLogLikelihood(RUN.id, "tiny-chat", "broken-vase", "broken-vase/note", 0, context.id, -12.5, 9, 40, sha)


def test_counts_say_what_is_there(store):
    assert store.counts() == (1, 2, 3, 1, 0, 1, 0)


def test_answers_come_with_scores_or_without(store):
    first, second = store.responses("broken-vase/plain")
    assert [s.value for s in first.scores] == [0.7, 0.7, 0.7] and second.scores == ()
    assert second.text == NASTY
    assert [s.aspect for s in first.scores] == ["helpful", "harmless", "honest"]


def test_an_answer_has_the_scores_of_one_scorer(data):
    answers = [response(the_case(data)), response(the_case(data), sample=1)]
    for scorer, value in (("judge-1", 0.1), ("heads-2", 0.9)):
        store_scores(data, answers, value, scorer)
    store = open_library(build(data))
    assert store.scorers("broken-vase/plain") == ["heads-2", "judge-1", "test-1"]
    assert store.scorers("broken-vase/urgent") == []

    def values(scorer: str | None = None) -> list[list[float | None]]:
        return [[s.value for s in r.scores] for r in store.responses("broken-vase/plain", scorer=scorer)]

    assert values() == values("heads-2") == [[0.9] * 3] * 2
    assert values("judge-1") == [[0.1] * 3] * 2 and values("test-1") == [[0.7] * 3, []] and values("gone") == [[], []]


def test_an_answer_comes_with_what_was_judged_and_not_with_what_words_decide(data):
    case = the_case(data)
    check = replace(case.checks[0], key="owns-up", pattern=None, statement="says that the writer broke it")
    path = next(data.cases.glob("broken-vase*.md"))
    text = path.read_text()
    entry = "checks:\n  - key: owns-up\n    label: owns up\n    aspect: honest\n    sign: for\n    statement: {}\n"
    path.write_text(text.replace("checks:\n", entry.format(check.statement), 1))
    answer = response(case)
    row = CheckRow(answer.run_id, answer.prompt_id, answer.prompt_sha, 0, "owns-up", check_sha(check), True, "judged")
    keep_batch(data, "checks", "checks", "judged", check_table([row]))
    seal(data, "checks", "checks")
    store_checks(data)
    first, second = open_library(build(data)).responses("broken-vase/plain")
    assert first.judged == (Judgement("owns-up", True, "judged"),) and second.judged == ()


def test_the_means_of_a_prompt_are_those_of_its_answers(data):
    case = the_case(data)
    more = [response(case, sample=k) for k in (2, 3)]
    store_answers(data, more)
    store_scores(data, more[:1], value=0.2)
    store_scores(data, more[1:], value=None)
    store = open_library(build(data))
    found = store.summaries(case.prompts[0].id, "test-1")
    assert list(found) == ["tiny-chat"] and found["tiny-chat"] == summarise(
        [r.scores for r in store.responses(case.prompts[0].id)]
    )
    assert (found["tiny-chat"][0].scored, found["tiny-chat"][0].total) == (2, 4)
    assert store.summaries(case.prompts[0].id, "another")["tiny-chat"][0].mean is None


def test_answers_are_counted_and_had_one_place_at_a_time(data):
    prompt = the_case(data).prompts[0].id
    store_answers(
        data, [response(the_case(data), text="In plain dialogue.")], replace(RUN, id="plain", template="dialogue")
    )
    store = open_library(build(data))
    assert store.sample_counts(prompt) == {"tiny-chat": 2}
    assert (
        store.sample_counts(prompt, template="dialogue") == {"tiny-chat": 1} and store.sample_counts(prompt, []) == {}
    )
    every = store.responses(prompt)
    assert [store.responses(prompt, sample=k) for k in range(3)] == [every[:1], every[1:], []]


def test_a_failed_answer_keeps_its_reason(store):
    (failed,) = store.responses("broken-vase/urgent")
    assert failed.text is None and failed.error == "No room."


def test_answers_can_be_asked_by_model_and_template(data):
    case = the_case(data)
    plain = replace(RUN, id="tiny-chat.plain", template="dialogue")
    store_answers(data, [response(case, text="In plain dialogue.")], plain)
    store = open_library(build(data))
    assert [r.text for r in store.responses("broken-vase/plain", template="dialogue")] == ["In plain dialogue."]
    assert "In plain dialogue." not in [r.text for r in store.responses("broken-vase/plain")]
    assert (
        store.other_templates("broken-vase/plain") == ["dialogue"] and store.other_templates("broken-vase/urgent") == []
    )
    assert store.responses("broken-vase/plain", ["tiny-dialogue"]) == []
    assert store.answering_models("broken-vase") == ["tiny-chat"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (CaseFilter(), 1),
        (CaseFilter(criteria=("helpful",)), 1),
        (CaseFilter(criteria=("helpful", "honest")), 1),
        (CaseFilter(criteria=("harmless",)), 0),
        (CaseFilter(claims=("helpfulness",)), 1),
        (CaseFilter(claims=("sycophancy",)), 0),
        (CaseFilter(domains=("health", "everyday life")), 1),
        (CaseFilter(domains=("health",)), 0),
        (CaseFilter(languages=("en",)), 1),
        (CaseFilter(languages=("fr",)), 0),
        (CaseFilter(sensitivities=("mild",)), 0),
        (CaseFilter(case_ids=()), 0),
        (CaseFilter(case_ids=("broken-vase", "gone")), 1),
        (CaseFilter(criteria=("helpful",), languages=("fr",)), 0),
    ],
)
def test_filters_keep_the_cases_that_fit(store, wanted, found):
    assert len(store.case_rows(wanted)) == found


def test_a_case_comes_back_whole(store, data):
    assert store.case("broken-vase") == the_case(data) and store.case("gone") is None
    (row,) = store.case_rows()
    assert (row.prompts, row.responses, row.models) == (2, 3, 1)
    assert store.run(RUN.id) == RUN and store.run("gone") is None


def test_reply_likelihoods_are_read_by_context(data):
    case = the_case(data)
    contexts = (case.prompts[0], STEMS[0])
    rows = [_loglik(c, text_sha(c, case.replies[0].wordings[0])) for c in contexts]
    store_logliks(data, rows)
    store = open_library(build(data))
    assert store.reply_logliks("broken-vase", ["stem/1"]) == rows[1:]


def test_the_words_that_most_answers_begin_with_are_counted(data):
    texts = ("Nothing in particular.", "  Nothing in\nparticular happens", "Nothing in particular", "No.", None)
    store_answers(data, [response(the_case(data), sample=10 + k, text=text) for k, text in enumerate(texts)])
    (opening,) = open_library(build(data)).openings()
    assert (opening.model_id, opening.answers) == (RUN.model_id, 3)
    assert opening.words == "Nothing in particular"
    assert opening.of == 2 + 4  # those of the library that have a text, and these
