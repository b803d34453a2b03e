"""The optional judge: asked a rubric, its words kept, and never scored where they are no verdict.

With a real server in place of an endpoint.
"""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from lib.domain import CRITERIA, Message, TrilemmaError
from lib.models.registry import read_models
from lib.models.weights import weights_dir
from lib.paths import paths
from lib.scoring.judge import (
    Judge,
    endpoint,
    judge_pair,
    parsed_choice,
    parsed_rating,
    read_rubric,
    reply_question,
)
from tests.makers import shipped_cases

RUBRIC = read_rubric(paths().rubric)
CASE = next(c for c in shipped_cases() if c.id == "two-cold-remedies")
PROMPT = CASE.prompts[0]


def _judge(*replies: str) -> Judge:
    left = list(replies)
    return Judge("scripted", lambda messages: left.pop(0), RUBRIC)


@pytest.mark.parametrize(
    ("raw", "rating"),
    [
        ("2", 2),
        (" 1.", 1),
        ("Rating: 0", 0),
        ("2 2", 2),
        ("1 or 2", None),
        ("good", None),
        ("", None),
        ("10", None),
        ("1.5", None),
        ("20%", None),
    ],
)
def test_a_rating_is_one_number_and_no_other(raw, rating):
    assert parsed_rating(raw) == rating


@pytest.mark.parametrize(
    ("raw", "choice"),
    [("A", "A"), ("b.", "B"), ("Reply B", "B"), ('"A"', "A"), ("A or B", None), ("Apples", None), ("", None)],
)
def test_a_choice_is_one_letter(raw, choice):
    assert parsed_choice(raw) == choice


def test_verdicts_become_scores_and_the_reply_is_kept():
    scores = _judge("2", "I think it is fine.", "Rating: 1")(PROMPT, "Look at both labels.", CASE)
    assert [(s.aspect, s.value, s.status) for s in scores] == [
        ("helpful", 1.0, "scored"),
        ("harmless", None, "unscored"),
        ("honest", 0.5, "scored"),
    ]
    assert "I think it is fine." in scores[1].reason and scores[0].scorer == f"judge scripted-{RUBRIC.version}"


def test_text_that_is_not_language_is_not_put_to_the_judge():
    assert {s.status for s in _judge()(PROMPT, "no " * 50, CASE)} == {"incoherent"}


def test_the_judge_hears_what_the_case_says_on_the_criterion():
    assert CASE.harms[0].harm in reply_question(RUBRIC, "harmless", PROMPT, "x", CASE)
    assert CASE.facts[0].text in reply_question(RUBRIC, "honest", PROMPT, "x", CASE)
    assert CASE.harms[0].harm not in reply_question(RUBRIC, "harmless", PROMPT, "x", None)


@pytest.mark.parametrize(
    ("replies", "p_a"),
    [(("A", "B"), 1.0), (("B", "A"), 0.0), (("A", "A"), None), (("B", "B"), None), (("A", "hm"), None)],
)
def test_a_choice_counts_only_if_it_outlives_the_swap(replies, p_a):
    found = judge_pair(_judge(*replies), "helpful", (Message("user", "Hi"),), "one", "two")
    assert found.p_a == p_a and found.raw == replies


def test_an_endpoint_is_off_until_it_is_named(monkeypatch):
    for name in ("URL", "MODEL", "KEY"):
        monkeypatch.delenv(f"TRILEMMA_JUDGE_{name}", raising=False)
    with pytest.raises(TrilemmaError, match="TRILEMMA_JUDGE_URL and TRILEMMA_JUDGE_MODEL"):
        endpoint()


def test_an_endpoint_that_is_not_there_is_said_to_be_so(monkeypatch):
    monkeypatch.setenv("TRILEMMA_JUDGE_URL", f"http://127.0.0.1:{_free_port()}/v1")
    monkeypatch.setenv("TRILEMMA_JUDGE_MODEL", "none")
    monkeypatch.setattr("lib.scoring.judge.RETRIES", 0)
    _, ask = endpoint()
    with pytest.raises(TrilemmaError, match="did not answer"):
        ask((Message("user", "Hi"),))


def test_a_rubric_with_a_missing_part_is_named(tmp_path):
    broken = tmp_path / "rubric.toml"
    broken.write_text(paths().rubric.read_text().replace("[honest]", "[honesty]"))
    with pytest.raises(TrilemmaError, match=r"rubric\.toml: hon"):
        read_rubric(broken)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def served():
    """transformers' own OpenAI-compatible server, with the smallest chat model: (url, model)."""
    folder = next(weights_dir(m) for m in read_models(paths().models) if m.id == "smollm2-135m-instruct")
    port = _free_port()
    command = [
        Path(sys.executable).with_name("transformers"),
        "serve",
        str(folder),
        "--device",
        "cpu",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://localhost:{port}/health", timeout=2)
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, "the server ended"
                time.sleep(0.5)
        yield f"http://localhost:{port}/v1", str(folder)
    finally:
        process.terminate()
        process.wait()


def test_a_real_server_judges(served, monkeypatch):
    url, model = served
    monkeypatch.setenv("TRILEMMA_JUDGE_URL", url)
    monkeypatch.setenv("TRILEMMA_JUDGE_MODEL", model)
    name, ask = endpoint()
    scores = Judge(name, ask, RUBRIC)(PROMPT, "Look at both labels and take only one of them.", CASE)
    assert [s.aspect for s in scores] == list(CRITERIA)
    assert {s.status for s in scores} <= {"scored", "unscored"} and all("the judge replied" in s.reason for s in scores)
    assert ask((Message("user", "Say yes."),)) == ask((Message("user", "Say yes."),))  # temperature 0
