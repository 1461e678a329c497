"""Rank program (end_early|survive OUT): callbacks end runs of 1, 2 and 4 ranks, and the last one with an error.

Where ranks may die, the callback of the one that writes ends the run of all.
"""

import re
import sys

from mpi4py import MPI

import p2pbo

WORLD = MPI.COMM_WORLD
RUN = {"problem": "quadratic", "nodes": 5, "steps": 40, "log_every": 3, "exact": "off"}


def with_row(step, comm):
    def callback(row):
        assert comm.rank == 0
        return row.step >= step

    return callback


def groups():
    """This rank's communicators of 1, 2 and 4 ranks."""
    return [WORLD.Split(WORLD.rank // size) for size in (1, 2, 4)]


def survive(out):
    """A run whose ranks may die: nobody waits for the row that ends it."""
    endless = {**RUN, "steps": 10**9}
    trace = p2pbo.run(**endless, on_failure="continue", callback=with_row(6, WORLD), out=out)
    if trace is not None:
        assert (trace.status, trace.ended_by) == ("completed", "callback")
        assert trace.last.step >= 6
        assert trace.final.x.shape == (5, trace.values("final_x").shape[1])


def end_early(out):
    finals = []
    for comm in groups():
        path = f"{out}.{comm.size}.{WORLD.rank}.h5"
        trace = p2pbo.run(**RUN, callback=with_row(6, comm), out=path, comm=comm)
        at_target = p2pbo.run(**RUN, until="upper_loss=-1e9,messages_sent=20", comm=comm)
        if trace is not None:
            assert (trace.status, trace.ended_by, trace.last.step) == ("completed", "callback", 6)
            assert (at_target.ended_by, at_target.last.step) == ("until messages_sent=20", 12)
            finals.append(trace.final.x)
    assert all(abs(final - finals[0]).max() < 1e-12 for final in finals)
    trace = p2pbo.run(**RUN, callback=with_row(0, WORLD))
    if trace is not None:
        assert (trace.status, trace.ended_by, trace.rows) == ("completed", "callback", 1)
    run_out_of_time(f"{out}.limit.h5")


def run_out_of_time(out):
    """A run that all ranks stop after the same step, as its time is over, and go on with."""
    try:
        p2pbo.run(**{**RUN, "steps": 10**9}, time_limit="0.2s", out=out)
    except p2pbo.Stopped as error:
        steps = set(WORLD.allgather(int(re.search(r"after step (\d+)", str(error))[1])))
    (stopped,) = steps
    trace = p2pbo.run(**{**RUN, "steps": stopped + 4}, resume=True, out=out)
    if trace is not None:
        assert (trace.status, trace.last.step) == ("completed", stopped + 4)


if __name__ == "__main__":
    if sys.argv[1] == "survive":
        survive(sys.argv[2])
        print("ok", flush=True)
    else:
        end_early(sys.argv[2])
        print("ok", flush=True)
        p2pbo.run(**RUN, callback=lambda row: 1 / 0)
