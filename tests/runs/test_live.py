"""A live prompt: refused in words where it cannot run, kept with everything that repeats it."""

import json

import pytest

from lib.domain import Settings, TrilemmaError
from lib.inference.loading import load
from lib.models.install import install
from lib.models.registry import read_models
from lib.models.weights import weights_id
from lib.paths import paths
from lib.runs.live import MAX_CHARACTERS, BadPrompt, from_json, live_prompt, live_run, to_json
from lib.runs.reproduce import remade
from lib.scoring.heads import read_heads
from lib.scoring.learned import ASPECTS, NO_READER
from lib.store.local import forget_run, keep_run, kept_runs
from lib.worker.client import Answer, Job, ModelPart
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
    job = Job("j" * 32, "live/x", (), ("tiny-chat",), 2, Settings(max_tokens=8), None, state=state)
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
    assert kept_runs(tiny_data) == [live]
    forget_run(tiny_data, live.id)
    assert kept_runs(tiny_data) == []


def test_a_downloaded_run_is_made_again_word_for_word(model, tiny_data):
    """Through the worker, to the file, and back through a fresh engine."""
    from lib.worker.client import Client
    from tests.worker.test_client import _until

    prompt = the_case(tiny_data).prompts[0]
    client = Client()
    try:
        job = client.submit([model.id], prompt.messages, prompt.id, 2, Settings(max_tokens=12))
        _until(lambda: job.over, "the end")
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
    again = remade(live.runs[0], live.responses, load(model), weights_id(model))
    assert len(again) == 2 and all(r.same for r in again)
