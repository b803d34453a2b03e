"""Whether this machine decodes faster in bf16 or fp32: measured once and remembered."""

import json
import platform
import time
from pathlib import Path

import torch

from lib.files import DataProblem, read_json
from lib.models.weights import cache_dir

_DTYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32}


def fastest_dtype() -> torch.dtype:
    """The measured choice, cached by an earlier start for the same processor and torch."""
    key = f"{platform.machine()}-{platform.processor() or _cpu_name()}-torch{torch.__version__}"
    memory = cache_dir() / "precision.json"
    known = _remembered(memory)
    if known.get(key, {}).get("choice") not in _DTYPES:
        seconds = {name: _seconds(dtype) for name, dtype in _DTYPES.items()}
        known[key] = {"seconds": seconds, "choice": min(seconds, key=seconds.__getitem__)}
        memory.parent.mkdir(parents=True, exist_ok=True)
        scratch = memory.with_suffix(f".{time.time_ns()}.tmp")
        scratch.write_text(json.dumps(known, indent=1))
        scratch.replace(memory)
    return _DTYPES[known[key]["choice"]]


def _remembered(memory: Path) -> dict[str, dict]:
    """What earlier starts measured; nothing where the file was cut short."""
    try:
        return read_json(memory, dict[str, dict]) if memory.exists() else {}
    except DataProblem:
        return {}


def _cpu_name() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        return ""


@torch.inference_mode()
def _seconds(dtype: torch.dtype) -> float:
    """Seconds for a stand-in of one step: a small model's weights times one row (decoding) and times 64 (a prompt)."""
    layers = [torch.randn(1024, 1024, dtype=dtype) for _ in range(64)]
    best = float("inf")
    for _ in range(4):
        start = time.perf_counter()
        for rows in (1, 1, 1, 1, 64):
            x = torch.ones(rows, 1024, dtype=dtype)
            for w in layers:
                x = torch.nn.functional.linear(x, w) * 0.03
        best = min(best, time.perf_counter() - start)
    return best
