"""Our engine beside llama.cpp: both are asked for the same lengths, and where the tool is missing it is said."""

import shutil
import time

import pytest

from lib.bench import peer
from lib.bench.generation import endless
from lib.domain import GenerateRow
from lib.models.registry import read_models
from lib.models.weights import weights_dir
from lib.paths import paths

SMALLEST = next(m for m in read_models(paths().models) if m.id == "smollm2-135m-instruct")


def test_every_answer_of_a_batch_counts_at_its_full_length(tiny):
    engine, rows = endless(tiny()), [GenerateRow("sea", k) for k in range(8)]
    begun = time.perf_counter()
    speed = peer._of_ours(engine, rows)
    seconds = time.perf_counter() - begun
    assert 8 * 96 <= speed.whole * seconds < 1.2 * 8 * 96


def test_without_the_tool_it_is_said_what_is_missing(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    peer.peer_figures(SMALLEST)
    assert f"not measured: {peer.TOOL} is not on the path" in capsys.readouterr().out


@pytest.mark.weights
@pytest.mark.skipif(shutil.which(peer.TOOL) is None, reason=f"{peer.TOOL} is not on the path")
def test_both_are_measured_in_one_run(capsys):
    assert weights_dir(SMALLEST)
    peer.peer_figures(SMALLEST)
    out = capsys.readouterr().out
    assert out.count("ratio") == 6 and "no more than" in out
