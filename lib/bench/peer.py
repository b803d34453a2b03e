"""Our engine beside llama.cpp's own benchmark, where that is on the path: same model, same lengths, same run."""

import json
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch

from lib.bench.figures import show, timed
from lib.bench.generation import endless
from lib.domain import GenerateRow, Model, Settings
from lib.models.fetch import fetch

if TYPE_CHECKING:
    from lib.inference.engine import Engine

TOOL = "llama-batched-bench"
_PROMPT, _ANSWER = 64, 96  # tokens
_ROWS = (1, 8, 20)


class Speed(NamedTuple):
    """Tokens a second of a batch: over all of its time, and after the prompts."""

    whole: float
    after: float


def peer_figures(model: Model) -> None:
    """Tokens a second of both for each size of batch, and how fast this machine could read the weights at most."""
    tool = shutil.which(TOOL)
    if tool is None:
        show(f"beside llama.cpp, {model.id}", f"not measured: {TOOL} is not on the path")
        return
    from lib.inference.loading import load

    theirs = _of_llama(tool, fetch(model))
    engine = endless(load(model))
    prompt = _prompt(engine)
    _of_ours(engine, [GenerateRow(prompt, 0)])
    for rows, peer in zip(_ROWS, theirs, strict=True):
        ours = _of_ours(engine, [GenerateRow(prompt, k) for k in range(rows)])
        show(
            f"beside llama.cpp, {model.id}, batch of {rows}",
            f"{ours.whole:6.1f} to {peer.whole:6.1f} tokens/s, ratio {ours.whole / peer.whole:4.2f}   after the prompts"
            f" {ours.after:6.1f} to {peer.after:6.1f}, ratio {ours.after / peer.after:4.2f}",
        )
    size = sum(p.numel() * p.element_size() for p in engine.network.parameters())
    seconds = _reading(size)
    show(
        f"reading the {size / 1e6:.0f} MB of its weights once",
        f"{1000 * seconds:6.1f} ms: no more than {1 / seconds:5.1f} tokens/s in a batch of 1, by any program that does"
        f" (the file of llama.cpp has {fetch(model).stat().st_size / 1e6:.0f} MB)",
    )


def _of_llama(tool: str, weights: Path) -> list[Speed]:
    room = (_PROMPT + _ANSWER) * _ROWS[-1]
    lengths = ["-npp", str(_PROMPT), "-ntg", str(_ANSWER), "-npl", ",".join(map(str, _ROWS)), "-c", str(room)]
    threads = ["-t", str(torch.get_num_threads())]
    told = subprocess.run(
        [tool, "-m", str(weights), *threads, *lengths, "--output-format", "jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    ).stdout
    runs = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    return [Speed(_ANSWER * run["pl"] / run["t"], run["speed_tg"]) for run in runs]


def _of_ours(engine: "Engine", rows: Sequence[GenerateRow]) -> Speed:
    begun = time.perf_counter()
    pieces = engine.generate(rows, Settings(max_tokens=_ANSWER))
    early = next(p.tokens for p in pieces if p.tokens)
    first = time.perf_counter()
    tokens = sum(p.tokens for p in pieces if p.finish)
    ended = time.perf_counter()
    return Speed(tokens / (ended - begun), (tokens - early * len(rows)) / (ended - first))


def _prompt(engine: "Engine") -> str:
    """A text of as many tokens as llama.cpp's benchmark puts."""
    text = " sea" * _PROMPT
    assert engine.count_tokens(text) == _PROMPT
    return text


def _reading(size: int) -> float:
    """Seconds to read so many bytes of memory once, by all threads."""
    held = torch.ones(size // 8, dtype=torch.int64)
    return min(timed(held.sum) for _ in range(7))
