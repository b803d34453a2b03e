"""How long a job can take, by what earlier ones took; and what becomes of the job of a closed tab."""

import pytest

from lib.domain import Message, Settings
from lib.worker import client as client_module
from lib.worker.client import Client
from lib.worker.job import Answer, Job, ModelPart
from lib.worker.pace import Pace, Writing
from lib.worker.protocol import Generation, Read
from tests.worker.jobs import generation, wait_until
from tests.worker.test_client_faults import scripted

DIFFERENT = tuple(Settings(top_p=p, max_tokens=6) for p in (0.5, 0.6, 0.7))  # so that nothing is written together


def _job(*tokens: int, rate: float = 10.0, most: int = 100) -> Job:
    """A job whose models have written so many tokens each, so many a second."""
    models = tuple(f"m{n}" for n in range(len(tokens)))
    asked = Generation(models, (Message("user", "Hi"),), "live/x", 1, Settings(max_tokens=most))
    job = Job("x", (asked, Read(())))
    job.next_operation()
    for model, count in zip(models, tokens, strict=True):
        part = ModelPart([Answer("x" * count, None, count)], began=100.0, first_token=100.1)
        part.latest_token = 100.0 + count / rate
        job.parts[model] = part
    return job


def test_nothing_is_said_of_a_model_that_was_not_measured():
    pace = Pace()
    assert pace.seconds_left(_job(0)) is None
    pace.learn(_job(50))
    assert pace.seconds_left(_job(0)) is not None and pace.seconds_left(_job(0, 0)) is None


def test_the_slowest_model_and_the_scoring_decide_what_is_left(monkeypatch):
    pace = Pace()
    monkeypatch.setattr("lib.worker.pace.time.monotonic", lambda: 108.0)
    pace.learn(_job(50))  # 10 tokens a second, over at 105; scored at 108
    assert pace.seconds_left(_job(0)) == pytest.approx(13.0)
    assert pace.seconds_left(_job(40)) == pytest.approx(9.0)
    scoring = _job(100)
    scoring.next_operation()
    assert pace.seconds_left(scoring) == pytest.approx(3.0)


def test_what_was_measured_outlives_a_start_and_a_damaged_file_is_as_none(tmp_path):
    file = tmp_path / "local" / "pace.json"
    Pace(file).learn(_job(50))
    assert Pace(file).seconds_left(_job(0)) is not None
    file.write_text('{"tokens_per_second": 3')
    assert Pace(file).seconds_left(_job(0)) is None


def test_a_wait_is_what_is_left_of_all_that_come_before():
    client = Client()
    first, second, third = (Job(name, (generation(settings=s),)) for name, s in zip("abc", DIFFERENT, strict=True))
    client._waiting = [first, second, third]
    assert client.seconds_before(first) == 0 and client.seconds_before(third) is None
    client._pace._measured.writing["tiny-chat"] = {2: Writing(1.0, 2.5)}
    client._pace._measured.after_writing["live"] = 1.0
    assert client.seconds_before(third) == pytest.approx(2 * (1 + 5 / 2.5 + 1)), "6 tokens, twice"


def test_the_job_of_a_closed_tab_ends_and_the_next_is_served(monkeypatch):
    monkeypatch.setattr(client_module, "CLOSED_AFTER", 0.2)
    client, is_open = scripted("time.sleep(60 if n == 0 else 0)", stopped=0.3), [True]
    closed = client.submit(generation(samples=1), tab_open=lambda: is_open[0])
    behind = client.submit(generation(samples=1), tab_open=lambda: is_open[0])
    served = client.submit(generation(samples=1))
    is_open[0] = False
    wait_until(lambda: served.over, "the end of the job behind")
    assert [j.state for j in (closed, behind, served)] == ["cancelled", "cancelled", "done"]
    assert closed.message == client_module.FORGOTTEN
    client.close()


def test_jobs_of_one_crew_wait_together_and_are_scored_in_turn():
    client = Client()
    client._pace._measured.writing["tiny-chat"] = {2: Writing(1.0, 2.5)}
    client._pace._measured.after_writing["live"] = 1.0
    running = Job("r", (generation(), Read(())), "running", rows=2)
    running.next_operation()
    a, b = (Job(name, (generation(), Read(()))) for name in "ab")
    client._waiting = [running, a, b]
    assert client.position(a) == client.position(b) == 1
    assert client.seconds_before(a) == client.seconds_before(b) == pytest.approx(1 + 5 / 2.5 + 1)
    together = 2 + 5 / (2.5 * 12 / 14)  # four answers in the batch in place of two
    assert client.seconds_left(a) == pytest.approx(together + 1)
    assert client.seconds_left(b) == pytest.approx(together + 2)


def test_how_fast_a_batch_of_that_size_was_is_said_once_it_is_measured(tmp_path):
    pace = Pace(tmp_path / "pace.json")
    alone, together = _job(50), _job(50, rate=5.0)
    together.rows = 30
    pace.learn(alone)
    guessed = pace._writing("m0", 30)
    pace.learn(together)
    for known in (pace, Pace(tmp_path / "pace.json")):
        assert known._writing("m0", 30).rate == pytest.approx(5.0, rel=0.05)
        assert known._writing("m0", 1).rate == pytest.approx(10.0, rel=0.05)
        assert known._writing("m0", 60).rate == pytest.approx(5.0 * 40 / 70, rel=0.05)
    assert guessed is not None and guessed.rate == pytest.approx(10.0 * 11 / 40, rel=0.05)
