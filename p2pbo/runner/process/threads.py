"""The number of threads that the numerical libraries of one rank use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from p2pbo.network import Ranks


@contextmanager
def thread_limit(threads: int | None, ranks: Ranks) -> Iterator[None]:
    """Limit BLAS and torch, inside, to ``threads`` threads.

    The default is one under MPI; a single process keeps what OMP_NUM_THREADS says, else all cores. Small matrices gain
    nothing from more, and processes that share a machine fight over its cores.
    """
    from threadpoolctl import threadpool_limits

    count = threads or (1 if ranks.size > 1 else None)
    if count is None:
        yield
        return
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    with threadpool_limits(count):
        if torch:
            torch.set_num_threads(count)
        try:
            yield
        finally:
            if torch:
                torch.set_num_threads(before)
