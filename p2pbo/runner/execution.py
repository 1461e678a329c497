"""One run: the set-up on all ranks alike, the loop of steps, logged rows and checkpoints, and the final state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2pbo.network import Ranks
from p2pbo.runner.assembly import Assembly, DescriptionFactory, UserObjects
from p2pbo.runner.checks.inspection import inspect
from p2pbo.runner.header import digests
from p2pbo.runner.logging.logger import RowCallback
from p2pbo.runner.prepared_run import PreparedRun
from p2pbo.runner.process.abort import abort_on_error
from p2pbo.runner.process.early_exit import check_nobody_lost
from p2pbo.runner.process.heap import retained_heap
from p2pbo.runner.process.signals import stop_requests
from p2pbo.runner.resume.checkpoints import compute_as_before
from p2pbo.runner.resume.start_point import find_start_point
from p2pbo.trace import Trace

if TYPE_CHECKING:
    from mpi4py import MPI


def execute(
    describe: DescriptionFactory,
    objects: UserObjects,
    comm: MPI.Intracomm | None = None,
    on_row: RowCallback | None = None,
    resume: bool = False,
) -> Trace | None:
    """Run what ``describe()`` gives on the ranks of ``comm`` (None: in this process).

    With ``resume`` the run goes on from its checkpoint where there is one.

    Returns:
        The trace on rank 0, None elsewhere.

    Raises:
        InputError: the run cannot start, or an earlier one has lost ranks; raised alike on all ranks before any node
            has sent anything.
        Diverged: a state became NaN or infinite, or outgrew the start; raised alike on all ranks where they meet in
            logged steps, else it aborts the job with exit code 3.
        WriteError: the trace or a checkpoint cannot be written (rank 0 only; several ranks abort with exit code 74).
        Stopped: SIGUSR1, SIGTERM, SIGHUP or a time limit has asked for it; raised on all ranks alike, after a
            checkpoint; where asynchronous ranks are lost it aborts the job with exit code 75, and leaves the last one.
    """
    if comm is not None:
        check_nobody_lost()
    with abort_on_error(comm), stop_requests() as request:
        ranks = Ranks(comm)
        assembly = ranks.agree(lambda: Assembly.build(describe, objects, ranks))
        ranks.same(digests(assembly))
        start_point = find_start_point(assembly, resume, ranks)
        if start_point.completed:
            return start_point.trace() if ranks.rank == 0 else None
        if start_point.checkpoint is not None:
            compute_as_before(start_point.checkpoint, assembly.oracles)
        inspect(assembly, ranks)
        run = PreparedRun.prepare(assembly, ranks, start_point, request, on_row)
        # An overflow ends as an infinite state, which names its node and step; numpy's warnings would not.
        quiet = np.errstate(over="ignore", invalid="ignore")
        try:
            with run.logger() as logger, run.thread_limit(), retained_heap(), quiet:
                trace = run.take_steps(logger)
        except BaseException as error:
            run.fail(error)
            raise
        run.end(trace)
        return trace
