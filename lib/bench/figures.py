"""What this machine does in one run: figures beside each other, for ratios rather than records."""

import statistics
import time
from collections.abc import Callable, Sequence


def show(name: str, value: str) -> None:
    print(f"{name:<58} {value}", flush=True)


def spread(seconds: Sequence[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    return (
        f"median {1000 * statistics.median(seconds):6.0f} ms   p95"
        f" {1000 * statistics.quantiles(seconds, n=20)[-1]:6.0f} ms   n {len(seconds)}"
    )


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
