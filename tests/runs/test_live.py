"""A live prompt: refused in words where it cannot run, kept with everything that repeats it."""

import json
import time
from dataclasses import replace

import pytest

from lib.domain import Encoding, Exchange, Settings, TrilemmaError
from lib.inference.loading import load
from lib.models.install import install
from lib.models.registry import read_models
from lib.models.weights import weights_id
from lib.paths import paths
from lib.runs.live import from_json, live_run, live_steps, to_json
from lib.runs.live_prompt import MAX_CHARACTERS, BadPrompt, live_prompt
from lib.runs.reproduce import remade
from lib.scoring.heads import read_heads
from lib.scoring.inputs import COUNTS, READER
from lib.scoring.learned import ASPECTS, NO_READER
from lib.scoring.refusal_marks import MARKS
from lib.scoring.statements import JUDGE
from lib.store.local import forget_run, keep_run, kept_runs
from lib.worker.client import Client
from lib.worker.job import Answer, Job, ModelPart
from lib.worker.protocol import Failed, Generation, Judge, Judged, Read
from tests.makers import the_case


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("👩‍👩‍👧 🎉", "only symbols"),
        ("?!…", "only symbols"),
        ("x" * 100_000, f"at most {MAX_CHARACTERS:,}"),
    ],
)
def test_a_prompt_that_cannot_run_is_refused_with_what_to_change(text, said):
    with pytest.raises(BadPrompt, match=said):
        live_prompt(text, "en")


@pytest.mark.parametrize("text", ["7", "Was ist Tee?", "चाय क्या है?", "茶", "ما هو الشاي؟", "a" * MAX_CHARACTERS])
def test_a_prompt_of_any_script_runs(text):
    prompt = live_prompt(f"  {text}\n", "en")
    assert prompt.text == text and prompt.case_id == "live" and prompt.id == live_prompt(text, "en").id


@pytest.fixture
def model(tiny_data):
    found = read_models(tiny_data.models)[0]
    install(found, print)
    return found


def _job(state="done", **part) -> Job:
    asked = live_prompt("What is tea?", "en")
    job = Job("j" * 32, (Generation(("tiny-chat",), asked.messages, asked.id, 2, Settings(max_tokens=8)),), state)
    answers = [
        Answer("Perhaps a cup of tea would help you.", "end", 7),
        Answer("I cannot help with that.", "length", 8),
    ]
    job.parts = {
        "tiny-chat": ModelPart(**{"answers": answers, "rendered": "r", "template": "chat", "dtype": "float32"} | part)
    }
    return job


def _live(model, job):
    prompt = live_prompt("What is tea?", "en")
    return live_run(job, prompt, {model.id: model}, {model.id: "abc"}, None, read_heads(paths().heads))


def test_a_finished_job_becomes_a_run_and_scored_responses(model):
    live = _live(model, _job())
    assert (
        live.runs[0].settings == Settings(max_tokens=8)
        and live.runs[0].model_sha256 == "abc"
        and live.runs[0].packages["torch"]
    )
    assert [r.finish for r in live.responses] == ["end", "length"]
    assert [s.aspect for s in live.responses[0].scores] == list(ASPECTS)
    assert {(s.status, s.reason) for s in live.responses[0].scores} == {("unscored", NO_READER)}


def test_a_run_says_with_how_many_other_prompts_it_was_written(model):
    job = _job()
    assert _live(model, job).runs[0].note == ""
    job.beside = 1
    assert _live(model, job).runs[0].note == "written in one batch with 1 other prompt"
    job.beside = 29
    live = _live(model, job)
    assert live.runs[0].note == "written in one batch with 29 other prompts" and from_json(to_json(live)) == live


def test_each_models_answers_are_read_apart(tiny_data):
    case = the_case(tiny_data)
    prompt = case.prompts[0]
    job = Job("x", live_steps(prompt, ["a", "b"], 1, Settings(), case=case))
    generation = job.next_operation()
    assert isinstance(generation, Generation) and generation.models == ("a", "b")
    job.parts["a"].rendered = job.parts["b"].rendered = "r"
    job.parts["a"].answers[0].text, job.parts["b"].answers[0].text = "From a.", "From b."
    first, second = job.next_operation(), job.next_operation()
    assert isinstance(first, Read) and isinstance(second, Read) and job.next_operation() is None
    assert [e.text for e in (*first.exchanges, *second.exchanges)] == ["From a.", "From b."]


@pytest.fixture
def with_statement(tiny_data):
    """A case of whose prompts one check is a statement."""
    case = the_case(tiny_data)
    check = replace(case.checks[0], key="owns-up", pattern=None, statement="says that the writer broke it")
    return replace(case, checks=(*case.checks, check))


def _answered(case, judged: bool) -> Job:
    """A job whose model has answered, up to what comes after the reading."""
    job = Job("x", live_steps(case.prompts[0], ["a"], 2, Settings(), case=case, judged=judged))
    job.next_operation()
    job.parts["a"].rendered = "r"
    job.parts["a"].answers = [Answer("It was me.", "end", 3), Answer("It was me.", "end", 3)]
    assert isinstance(job.next_operation(), Read)
    return job


def test_the_judge_reads_live_answers_where_it_is_here_and_a_check_needs_it(with_statement, tiny_data):
    asked = _answered(with_statement, judged=True).next_operation()
    assert isinstance(asked, Judge) and [q.answer for q in asked.questions] == ["It was me."]
    assert _answered(with_statement, judged=False).next_operation() is None
    assert _answered(the_case(tiny_data), judged=True).next_operation() is None


@pytest.mark.parametrize("fault", [None, Failed("qwen2.5-coder-1.5b-instruct", "It broke.")])
def test_a_live_answer_carries_what_the_judge_found_or_nothing(with_statement, model, fault):
    job = _answered(with_statement, judged=True)
    asked, judge = job.next_operation(), read_heads(paths().statements)
    job.take(fault or Judged(tuple((0.0,) * len(judge.of["statement"].centre) for _ in asked.questions)))
    job.parts = {model.id: job.parts["a"]}
    prompt = with_statement.prompts[0]
    weights = {JUDGE: judge.card.reading_model_sha256}
    live = live_run(job, prompt, {model.id: model}, weights, with_statement, read_heads(paths().heads), judge)
    assert [[j.check_key for j in r.judged] for r in live.responses] == ([[]] * 2 if fault else [["owns-up"]] * 2)
    assert not job.hopeless and from_json(to_json(live)) == live
    other = live_run(job, prompt, {model.id: model}, {}, with_statement, read_heads(paths().heads), judge)
    assert not any(r.judged for r in other.responses)  # the head is not for other weights


def test_what_was_read_is_scored_and_why_it_was_not_is_said(model):
    heads = read_heads(paths().heads)
    job = _job()
    prompt = live_prompt("What is tea?", "en")
    width = len(heads.of["refusal"].centre) - len(COUNTS) - len(MARKS)
    job.encodings = {Exchange(prompt.messages, "I cannot help with that."): Encoding((0.0,) * width, 1.5)}
    job.unread = "the reading model broke"
    live = live_run(job, prompt, {model.id: model}, {READER: heads.card.reading_model_sha256}, None, heads)
    unread, read = live.responses
    assert {s.reason for s in unread.scores} == {"the reading model broke"}
    assert read.scores[-1].value == 1.5 and read.scores[-2].status == "scored"


def test_a_broken_answer_keeps_its_text_and_says_so(model):
    live = _live(model, _job("failed", answers=[Answer("Half", None, 1), Answer("", None, 0)]))
    assert live.responses[0].text == "Half" and "process ended" in live.responses[0].error
    assert live.responses[1].text is None and live.responses[1].scores == ()


def test_a_models_own_failure_is_the_responses_error(model):
    live = _live(model, _job(answers=[Answer(), Answer()], error="The prompt is 9,000 tokens long."))
    assert {r.error for r in live.responses} == {"The prompt is 9,000 tokens long."}


def test_the_file_gives_the_run_back(model):
    live = _live(model, _job())
    assert from_json(to_json(live)) == live
    assert json.loads(to_json(live))["run"]["runs"][0]["settings"]["seed"] == Settings().seed


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"trilemma_live_run": 2}', "PAR1\0\0", '{"trilemma_live_run": 1, "run": {"id": 3}}']
)
def test_another_file_is_refused_in_words(text):
    with pytest.raises(TrilemmaError, match="not a live run"):
        from_json(text)


def test_a_kept_run_is_there_until_it_is_deleted(model, tiny_data):
    live = _live(model, _job())
    keep_run(tiny_data, live)
    keep_run(tiny_data, live)
    assert kept_runs(tiny_data).runs == [live]
    forget_run(tiny_data, live.id)
    assert kept_runs(tiny_data).runs == []


def test_a_downloaded_run_is_made_again_word_for_word(model, tiny_data):
    """Through the worker, to the file, and back through a fresh engine."""
    prompt = the_case(tiny_data).prompts[0]
    client = Client()
    try:
        job = client.submit(*live_steps(prompt, [model.id], 2, Settings(max_tokens=12), case=the_case(tiny_data)))
        while not job.over:
            time.sleep(0.05)
    finally:
        client.close()
    live = from_json(
        to_json(
            live_run(
                job,
                prompt,
                {model.id: model},
                {model.id: weights_id(model)},
                the_case(tiny_data),
                read_heads(paths().heads),
            )
        )
    )
    again = list(remade(live.runs[0], live.responses, load(model), weights_id(model)))
    assert len(again) == 2 and all(r.same for r in again)
