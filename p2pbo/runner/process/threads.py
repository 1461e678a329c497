"""The number of threads that the numerical libraries of one rank use, and the cores that they have."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from p2pbo.errors import Notice
from p2pbo.network import Ranks


@contextmanager
def thread_limit(threads: int | None, ranks: Ranks, *, by_torch: bool = False) -> Iterator[None]:
    """Limit BLAS and torch, inside, to ``threads`` threads; warn where a rank is bound to fewer cores.

    The default is one under MPI; a single process keeps what OMP_NUM_THREADS says, else it has what Slurm gives a task,
    else all cores. Processes that share a machine fight over its cores, and so do two pools of threads in one process:
    where torch computes the oracles, BLAS has one thread, whose products are small.

    Args:
        by_torch: whether torch computes the oracles.
    """
    from threadpoolctl import threadpool_limits

    count = threads or (1 if ranks.size > 1 else _of_task())
    if count is not None and ranks.rank == 0 and ranks.size > 1:
        _warn_if_bound(count)
    with threadpool_limits(1 if by_torch else count, user_api="blas"), _torch_limit(count):
        yield


@contextmanager
def _torch_limit(count: int | None) -> Iterator[None]:
    torch = sys.modules.get("torch")
    if torch is None or count is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _of_task() -> int | None:
    """Return how many cores Slurm has given each task, which is no limit where it does not bind them."""
    cores = os.environ.get("SLURM_CPUS_PER_TASK")
    return int(cores) if cores and "OMP_NUM_THREADS" not in os.environ else None


def _warn_if_bound(threads: int) -> None:
    """Warn where a launcher has bound this rank to fewer cores of its machine than it has threads."""
    cores = len(os.sched_getaffinity(0))
    if cores < min(threads, os.cpu_count() or 1):
        bound = f"--threads {threads}: each rank is bound to {cores} core{'s' * (cores > 1)}"
        remedy = (
            f"srun --cpus-per-task={threads}" if "SLURM_STEP_ID" in os.environ else "mpiexec --bind-to none"
        )
        warnings.warn(Notice(f"{bound}; start the ranks with {remedy}"), stacklevel=2)
