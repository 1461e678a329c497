"""One run: set up alike on all ranks, then the loop of steps and logged rows, then the final state."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from p2pbo.algorithms import State
from p2pbo.network import Network, Ranks
from p2pbo.runner.coverage import warn_of_uncovered
from p2pbo.runner.exact import solution
from p2pbo.runner.failure import Diverged, all_or_nothing
from p2pbo.runner.header import digests, header
from p2pbo.runner.observer import Clock, Observer
from p2pbo.runner.setup import Describe, Local, Objects
from p2pbo.runner.threads import limited
from p2pbo.trace import COMPLETED, Row, Trace, TraceWriter

if TYPE_CHECKING:
    from mpi4py import MPI

Watch = Callable[[Row, int], None]
"""Called on rank 0 with each logged row and the number of steps of the run."""


def execute(
    describe: Describe, objects: Objects, comm: MPI.Intracomm | None = None, watch: Watch | None = None
) -> Trace | None:
    """Run what ``describe()`` gives on the ranks of ``comm`` (None: in this process).

    Returns:
        The trace on rank 0, None elsewhere.

    Raises:
        InputError: the run cannot start; raised alike on all ranks before any node has sent anything.
        Diverged: a state became NaN or infinite (one rank only; several abort the job with exit code 3).
    """
    with all_or_nothing(comm):
        ranks = Ranks(comm)
        local = ranks.agree(lambda: Local.build(describe, objects, ranks))
        ranks.same(digests(local))
        network = Network(
            local.topology, comm, np.dtype(local.description.dtype), local.compression, local.clock
        )
        if ranks.rank == 0:
            warn_of_uncovered(local)
        out = Path(local.description.out) if local.description.out else None
        hosts = ranks.hosts()
        writer = ranks.agree(
            lambda: TraceWriter(out, header(local, ranks, hosts)) if ranks.rank == 0 else None
        )
        try:
            # An overflow ends as an infinite state, which names its node and step; numpy's warnings would not.
            with limited(local.description.threads, ranks), np.errstate(over="ignore", invalid="ignore"):
                state = _loop(local, network, writer, watch)
        except BaseException as error:
            if writer is not None:
                writer.close(_status(error))
            raise
        trace = _finish(state, network, writer)
        network.close()
        ranks.close()
        return trace


def _loop(local: Local, network: Network, writer: TraceWriter | None, watch: Watch | None) -> State:
    observer = Observer(local, network, solution(local, network))
    steps, every = local.description.steps, local.description.log_every
    clock = Clock()

    def log(state: State) -> None:
        row = observer.row(state, clock)
        if writer is not None and row is not None:
            writer.append(row)
            if watch is not None:
                watch(row, steps)

    state = local.start()
    log(state)
    while state.step < steps:
        began = time.perf_counter()
        state = local.algorithm.step(state, network, local.oracles, local.sampler)
        clock.wall += time.perf_counter() - began
        _check_finite(state, network.hosted)
        if state.step % every == 0 or state.step == steps:
            log(state)
    return state


def _check_finite(state: State, hosted: range) -> None:
    for name, V in zip("xyz", state.point, strict=False):
        finite = np.isfinite(V)
        if not finite.all():
            node = hosted[int(finite.all(axis=1).argmin())]
            raise Diverged(
                f"node {node} diverged at step {state.step}: its {name} holds NaN or infinity; lower the step sizes"
            )


def _finish(state: State, network: Network, writer: TraceWriter | None) -> Trace | None:
    """Gather into the trace the final state, block by block, the edges' counts, and what crossed between ranks."""
    ranks = network.ranks
    for name, V in zip("xyz", state.point, strict=False):
        first = 0

        def write(rows: Any, name: str = name) -> None:
            nonlocal first
            if writer is not None:
                writer.final(f"final_{name}", first, rows)
            first += len(rows)

        ranks.rows(V, write)
    sent, messages = ranks.gather(network.edge_bytes), ranks.gather(network.edge_messages)
    crossed = ranks.total(np.array([network.crossed_bytes, network.crossed_messages]))
    if writer is None or sent is None or messages is None:
        return None
    writer.edges(sent, messages)
    for name, count in zip(("crossed_bytes", "crossed_messages"), crossed, strict=True):
        writer.total(name, int(count))
    return writer.close(COMPLETED)


def _status(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return f"failed: {type(error).__name__}: {error}"
