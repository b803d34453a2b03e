"""A job as shards: one function makes each into one batch file, in a loop here or on the machines of a cluster (`ray`).

A shard is a batch: what a machine computes depends on what shares the batch, so a cluster's shards are those of a loop.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from itertools import accumulate
from typing import Any, Generic, NamedTuple, TypeVar

S = TypeVar("S")


class Sharded(NamedTuple, Generic[S]):
    """Shards, and `open`, which brings into memory what a worker needs and gives the function for one shard.

    That function keeps the shard's batch, or does nothing where it is kept already, and yields how many rows are done
    as they are. It and the shards must be such that they can be sent to another machine.
    """

    shards: Iterable[S]
    open: Callable[[], Callable[[S], Iterator[int]]]
    in_memory: bool  # whether a worker holds a model, which takes all cores of its machine


Carry = Callable[[Sharded[Any]], Generator[int]]
"""What works off shards and yields how many rows are done as they are. Closed, it works no more."""


def counted(done: Generator[int]) -> Generator[int]:
    """How many rows are done in all. The work has ended when this has, so that what was kept can be sealed."""
    with closing(done):
        yield from accumulate(done)


def here(job: Sharded[Any]) -> Generator[int]:
    """One shard after the other in this process, which opens nothing where there is none."""
    make = None
    for shard in job.shards:
        make = make or job.open()
        yield from make(shard)
