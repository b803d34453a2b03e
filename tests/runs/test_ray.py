"""`--on ray`: the rows of a local run, whichever worker dies and wherever the job is stopped."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lib.__main__ import main
from lib.dataset import SCHEMAS, read_table
from lib.domain import Encoding, Exchange, LikelihoodUnavailable, Settings, TrilemmaError
from lib.inference.loading import loaded
from lib.manifest import part_files, read_manifest
from lib.models.added import add_model
from lib.models.install import install
from lib.models.registry import read_models
from lib.models.weights import weights_id
from lib.paths import ROOT, Paths
from lib.runs import precompute as stored
from lib.runs import score
from lib.runs.ray import carrier
from lib.runs.shards import Carry, Sharded, here
from lib.scoring.heads import read_heads
from lib.scoring.inputs import COUNTS
from lib.scoring.refusal_marks import MARKS
from tests.makers import response, store_answers, the_case, tiny_library
from tests.serving import Server

ray = pytest.importorskip("ray")
SETTINGS = Settings(max_tokens=12)
BATCH, SAMPLES = 3, 7


@pytest.fixture(scope="module")
def environment(tmp_path_factory, tiny_folder) -> Iterator[Callable[[str], Paths]]:
    """Makes tiny libraries with one cache, which the workers know since they start after it was named."""
    folder = tmp_path_factory.mktemp("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRILEMMA_CACHE", str(folder / "cache"))
        patch.setenv("TINY_KEY", "secret")
        patch.setattr(stored, "MAX_BATCH", BATCH)
        patch.setattr(score, "_CHUNK", BATCH)
        patch.setattr(score, "_CHECKED_AT_ONCE", BATCH)

        def make(name: str) -> Paths:
            (folder / name).mkdir()
            library = tiny_library(folder / name, tiny_folder)
            install(read_models(library.models)[0], print)
            return library

        yield make


@pytest.fixture(scope="module")
def on_ray(environment) -> Iterator[Carry]:
    with carrier("ray") as carry:
        yield carry


def _source(paths: Paths) -> stored.Source:
    model = read_models(paths.models)[0]
    return stored.Source(model, model.template, weights_id(model), partial(loaded, model))


def _answered(paths: Paths, carry: Carry, replies: bool = True) -> Paths:
    """With answers to each prompt, and with log-likelihoods of the replies, where they are wanted."""
    case = the_case(paths)
    case = case if replies else replace(case, replies=())
    stored.precompute(paths, _source(paths), [case], SAMPLES, SETTINGS, carry=carry)
    return paths


@pytest.fixture(scope="module")
def answered_here(environment) -> Paths:
    return _answered(environment("here"), here)


def _rows(paths: Paths, table: str) -> pa.Table:
    """Every sealed row, in the order of the parts; when it was made is no part of what it is."""
    rows = pa.concat_tables(
        [SCHEMAS[table].empty_table(), *(read_table(f, SCHEMAS[table]) for f in part_files(paths, table))]
    )
    return rows.drop_columns(["date"]) if "date" in rows.column_names else rows


def _same(paths: Paths, others: Paths, *tables: str) -> None:
    for table in tables:
        assert _rows(others, table).num_rows and _rows(paths, table).equals(_rows(others, table)), table
    assert not list(paths.batches.glob("*"))


def test_answers_and_log_likelihoods_are_those_of_a_local_run(environment, on_ray, answered_here):
    paths = _answered(environment("all on ray"), on_ray)
    _same(paths, answered_here, "responses", "loglik")
    assert read_manifest(paths).keys() == read_manifest(answered_here).keys()


class _Killing:
    """Opens a job in a worker that kills itself once, in the middle of its third shard; `log`: a line a shard begun."""

    def __init__(self, open: Callable, log: Path):
        self.open, self.log = open, log

    def __call__(self) -> Callable:
        make, begun = self.open(), []

        def once(shard) -> Iterator[int]:
            begun.append(shard)
            with self.log.open("a") as log:
                log.write(f"{os.getpid()}\n")
            for rows in make(shard):
                if len(begun) == 3 and not (dead := self.log.with_name("dead")).exists():
                    dead.touch()
                    os.kill(os.getpid(), signal.SIGKILL)
                yield rows

        return once


def test_a_killed_worker_loses_one_shard_which_is_made_again(environment, on_ray, answered_here, tmp_path):
    log, dead = tmp_path / "log", tmp_path / "dead"
    paths = _answered(
        environment("killed"), lambda job: on_ray(job._replace(open=_Killing(job.open, log))), replies=False
    )
    _same(paths, answered_here, "responses")
    begun, shards = log.read_text().split(), -(-SAMPLES * len(the_case(paths).prompts) // BATCH)
    assert dead.exists() and len(set(begun)) > 1
    assert len(begun) == shards + 1, "only what the dead worker was at is made again"


def test_a_shard_that_kills_every_worker_ends_the_job_with_its_reason(on_ray):
    def deadly() -> Callable:  # in here, so that a worker needs to import nothing of this module
        def make(shard: str) -> Iterator[int]:
            if shard == "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
            yield 1

        return make

    with pytest.raises(TrilemmaError, match="A worker died 4 times at one shard"):
        list(on_ray(Sharded(["sound", "deadly"], deadly, in_memory=False)))
    assert list(on_ray(Sharded(["sound"] * 3, deadly, in_memory=False))) == [1, 1, 1]


class _Held:
    """Opens a job in a worker that hangs after so many shards."""

    def __init__(self, open: Callable, shards: int):
        self.open, self.shards = open, shards

    def __call__(self) -> Callable:
        make, left = self.open(), [self.shards]

        def held(shard) -> Iterator[int]:
            if not left[0]:
                time.sleep(600)
            left[0] -= 1
            yield from make(shard)

        return held


def test_what_was_made_before_a_stop_stays_and_either_goes_on(environment, on_ray, answered_here):
    def stopped(shards: int, job: Sharded) -> Generator[int]:
        with closing(on_ray(job._replace(open=_Held(job.open, shards)))) as done:
            yield from islice(done, shards)
            raise KeyboardInterrupt

    paths, every = environment("stopped"), _rows(answered_here, "responses")
    for made in (2, 3):
        with pytest.raises(KeyboardInterrupt):
            _answered(paths, partial(stopped, made if made == 2 else 1), replies=False)
        assert _rows(paths, "responses").num_rows == made * BATCH < every.num_rows
    _answered(paths, here, replies=False)
    order = [(name, "ascending") for name in ("prompt_id", "sample")]
    assert _rows(paths, "responses").sort_by(order).equals(every.sort_by(order))


def test_a_server_without_likelihoods_is_told_as_here(environment, on_ray, monkeypatch):
    def refuse(*_) -> Callable:
        raise LikelihoodUnavailable("Not available at this server")

    paths, said = environment("no likelihoods"), []
    monkeypatch.setattr(stored, "_weighing", refuse)
    assert stored.precompute(paths, _source(paths), [the_case(paths)], 0, SETTINGS, said.append, on_ray) == 0
    assert said == ["Not available at this server"]


@pytest.fixture
def server(tiny) -> Iterator[Server]:
    server = Server(tiny())
    yield from server.serve()


def test_a_server_needs_nothing_else(environment, on_ray, server):
    paths = environment("server")
    source = {"kind": "endpoint", "url": server.url, "model": "tiny", "key": "TINY_KEY"}
    entry = {"id": "far", "label": "Far", "family": "tiny", "stage": "base", "template": "chat", "context_tokens": 2048}
    far = add_model(paths.models, {**entry, "source": source})
    case = replace(the_case(paths), replies=())
    wanted = stored.Source(far, far.template, weights_id(far), partial(loaded, far))
    assert (
        stored.precompute(paths, wanted, [case], 4, SETTINGS, carry=on_ray)
        == len(server.asked)
        == 4 * len(case.prompts)
    )
    assert all(_rows(paths, "responses")["text"].to_pylist())


# ---- checks and scores ------------------------------------------------------------------------


class _Lengths:
    """An encoder that knows of a reply only how long it is."""

    def __init__(self, width: int):
        self.width = width

    def encode(self, exchanges: Sequence[Exchange]) -> list[Encoding]:
        return [Encoding((float(len(e.text)),) * self.width, len(e.text) / 100) for e in exchanges]

    def vectors(self, exchanges: Sequence[Exchange]) -> np.ndarray:
        return np.array([[len(e.text)] * self.width for e in exchanges], np.float32)


def test_checks_and_scores_are_those_of_a_local_run(environment, on_ray):
    both = []
    for name, carry in (("checked here", here), ("checked on ray", on_ray)):
        paths = environment(name)
        case, heads = the_case(paths), read_heads(paths.heads)
        texts = ("I broke it, Mum.", "", "The cat was in the room.", "I'm sorry, I can't help with that.")
        store_answers(paths, [response(case, sample=k, text=texts[k % 4] + " So." * (k // 4)) for k in range(11)])
        width = len(heads.of["refusal"].centre) - len(COUNTS) - len(MARKS)
        assert max(score.check_missing(paths, [case], carry)) == 11
        assert max(score.score_missing(paths, [case], heads, partial(_Lengths, width), carry)) == 11
        both.append(paths)
    _same(both[1], both[0], "checks", "scores")
    checked = _rows(both[0], "checks")["says"].to_pylist()
    assert True in checked and False in checked


# ---- the command ------------------------------------------------------------------------------


def test_without_ray_it_is_said_what_to_install(tiny_data, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr("sys.argv", ["lib", "score", "--on", "ray"])
    assert main() == 2
    told = capsys.readouterr().err
    assert "pip install -r lib/runs/requirements.txt" in told and told.count("\n") == 1


def test_a_command_that_is_ended_keeps_what_it_has_made_and_leaves_nothing_behind(tiny_data, tmp_path):
    """By SIGTERM, as `docker stop` does: the processes of its cluster end with it, and its folder goes."""
    install(read_models(tiny_data.models)[0], print)
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    before = set(Path("/tmp").glob("ray-*"))
    words = "precompute --models tiny-chat --samples 400 --max-tokens 12 --on ray"
    job = subprocess.Popen(
        [sys.executable, "-m", "lib", *words.split()], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    killer = threading.Timer(240, job.kill)
    killer.start()
    while len(list(tiny_data.batches.rglob("*.parquet"))) < 2:
        assert job.poll() is None, job.communicate()
        time.sleep(0.1)
    job.terminate()
    said = job.communicate()[1]
    killer.cancel()
    assert job.returncode == 130 and said.rstrip().endswith("the same command goes on from there."), said
    kept = _rows(tiny_data, "responses").num_rows
    assert 48 <= kept < 800 and kept % 24 == 0 and not list(tiny_data.batches.glob("*"))
    assert set(Path("/tmp").glob("ray-*")) <= before
