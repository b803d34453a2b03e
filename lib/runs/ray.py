"""Shards on Ray Data: on this machine's cores or a cluster's, a worker that dies loses the shard it was at."""

import logging
import os
import re
import shutil
import signal
import socket
import tempfile
import threading
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from lib.domain import PackageMissing, TrilemmaError
from lib.runs.shards import Carry, Sharded, here

HERE, RAY = "here", "ray"
_TRIES = 4  # of a shard whose worker dies: what kills its worker so often kills the next one too
# What waits in the cluster's memory at once. Shards are sent in rounds, so that neither this process nor Ray's head
# holds ten million answers; between two rounds a worker brings its model into memory again.
_SHARDS, _BYTES = 1_000, 64 * 2**20
_STORE = 256 * 2**20  # bytes of shared memory for them, where the cluster is this machine alone
_QUIET = {"RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_USAGE_STATS_ENABLED": "0", "RAY_DATA_DISABLE_PROGRESS_BARS": "1"}


@contextmanager
def carrier(on: str) -> Generator[Carry]:
    """What works off shards: `here`, or on `ray`: the cluster that RAY_ADDRESS names or else this machine's cores; or
    the cluster at an address, `auto` for one that runs on this machine.

    Raises PackageMissing without Ray, TrilemmaError where a cluster can't be joined. The processes of a cluster of its
    own end with it.
    """
    if on == HERE:
        yield here
        return
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ModuleNotFoundError as fault:
        raise PackageMissing("Ray", fault, "lib/runs/requirements.txt") from fault
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    # Short, since the paths of its sockets go on from there; away from /tmp/ray, which other people's clusters share.
    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp" if os.path.isdir("/tmp") else None)
    address = None if on == RAY else on
    join = partial(_join, address, folder)
    try:
        join()
        yield partial(_carried, join)
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def _join(address: str | None, folder: str) -> None:
    """Start a cluster on this machine, or join one; no more than a look where that was done."""
    import ray

    if ray.is_initialized():
        return
    address = address or os.environ.get("RAY_ADDRESS")
    own: dict[str, Any] = {"include_dashboard": False, "_temp_dir": folder, "object_store_memory": _STORE}
    stop = signal.getsignal(signal.SIGTERM)
    try:
        if address and (place := re.fullmatch(r"([^/:]+):(\d+)", address)):
            socket.create_connection((place[1], int(place[2])), timeout=10).close()  # Ray itself takes minutes over it
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **({} if address else own))
    except (OSError, ValueError, RuntimeError, ImportError) as fault:
        raise TrilemmaError(
            f"No Ray cluster can be had at {address or 'this machine'}: {str(fault).splitlines()[0]} (one that asks for"
            " a token needs RAY_AUTH_MODE=token here)"
        ) from fault
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, stop)  # Ray puts one in its place that ends the process with nothing sealed


def _carried(join: Callable[[], None], job: Sharded[Any]) -> Generator[int]:
    """Yields how many rows are done as shards are, in whatever order. A fault of one shard ends the job with it."""
    import ray
    import ray.cloudpickle as pickle

    written = map(pickle.dumps, job.shards)
    try:
        while sent := _round(written):
            join()
            yield from _worked(sent, job)
    except BaseException:
        ray.shutdown()  # at once: whoever seals what is kept now does so with no worker writing
        raise


def _round(shards: Iterator[bytes]) -> list[bytes]:
    out: list[bytes] = []
    size = 0
    while len(out) < _SHARDS and size < _BYTES and (shard := next(shards, None)) is not None:
        out.append(shard)
        size += len(shard)
    return out


def _worked(sent: list[bytes], job: Sharded[Any]) -> Iterator[int]:
    import ray
    import ray.cloudpickle as pickle
    from ray.exceptions import RayError
    from ray.util.annotations import RayDeprecationWarning

    machines = [int(n["Resources"].get("CPU", 0)) for n in ray.nodes() if n["Alive"]]
    # As many cores as a loop here has, and as many threads: sums come out as there.
    cores = min(filter(None, machines), default=1) if job.in_memory else 1
    worker: Any = _Worker  # Ray makes one of it in each process
    with warnings.catch_warnings():
        # Of how often what dies is tried again, which Ray Data 2.60 knows no other way to say.
        warnings.simplefilter("ignore", RayDeprecationWarning)
        done = ray.data.from_items([{"shard": shard} for shard in sent], override_num_blocks=len(sent)).map(
            worker,
            fn_constructor_args=(job.open, _threads() if job.in_memory else 0),
            num_cpus=cores,
            concurrency=max(1, min(len(sent), sum(n // cores for n in machines))),
            max_restarts=-1,
            max_task_retries=_TRIES - 1,
        )
    try:
        # Nothing is fetched ahead, or the last shard that is done would wait for the next.
        batches: Iterable[Any] = done.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)
        for found in batches:
            for row in found.to_pylist():
                if row["fault"]:
                    raise pickle.loads(row["fault"])
                yield row["rows"]
    except RayError as fault:
        raise TrilemmaError(
            f"A worker died {_TRIES} times at one shard, as it does where memory is short, or the cluster is gone. What"
            f" was finished is kept; the same command goes on from there. Ray says: {str(fault).splitlines()[0]}"
        ) from fault


def _threads() -> int:
    import torch

    return torch.get_num_threads()


class _Worker:
    """In a process of its own, on any machine: opens the job at its first shard, then works off one after the other."""

    def __init__(self, open: Callable[[], Callable[[Any], Iterator[int]]], threads: int):
        self._open, self._threads = open, threads
        self._make: Callable[[Any], Iterator[int]] | None = None

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """How many rows the shard came to, or the fault that ended it: Ray would try a fault that it saw again."""
        import ray.cloudpickle as pickle

        try:
            if self._make is None:
                if self._threads:
                    import torch

                    torch.set_num_threads(self._threads)
                self._make = self._open()
            return {"rows": sum(self._make(pickle.loads(row["shard"]))), "fault": None}
        except Exception as fault:  # noqa: BLE001 (handed over to the job, which raises it)
            return {"rows": 0, "fault": pickle.dumps(fault)}  # read by the driver alone, as all that Ray itself sends
