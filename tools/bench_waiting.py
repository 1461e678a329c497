"""Ways to wait for a neighbour, beside processes that keep the cores busy: does any beat the MPI library's own Wait?

Two ranks exchange 1 kB in rounds; both compute, or one alone. Ways: the library's Wait, which polls without a pause;
a poll and `sched_yield` in turns; polls for 200 µs, and then a yield, or a nap of as short a time as the kernel has,
after each further one (p2pbo's way is the third: `Ranks.patience`). All take turns in one run: the table shows
medians of their rounds as a share of Wait's.
Usage: python tools/bench_waiting.py [--ranks N] [--json FILE]
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from p2pbo.network.ranks import PATIENCE
from p2pbo.runner.mpi_world import launched_rank
from p2pbo.runner.process import launcher

if TYPE_CHECKING:
    from mpi4py import MPI

BUSY = (0, 1, 2, 4)
COMPUTING = {
    "nothing": (0.0, 0.0),
    "50 µs": (50e-6, 50e-6),
    "1 ms": (1e-3, 1e-3),
    "1 ms, first rank": (1e-3, 0.0),
    "1 ms, others": (0.0, 1e-3),
}
"""Seconds that the first rank computes in a round, and that each other one does."""
TURNS, SECONDS, CHUNK = 8, 0.1, 20
PR_SET_TIMERSLACK = 29  # of <sys/prctl.h>

Way = Callable[["list[MPI.Prequest]"], None]


def wait(requests: list[MPI.Prequest]) -> None:
    """Wait as the library does."""
    for request in requests:
        request.Wait()


def poll_and(pause: Callable[[], None], patience: float) -> Way:
    """Return a way to wait that polls, and that pauses after each poll once it has waited for ``patience`` seconds."""

    def way(requests: list[MPI.Prequest]) -> None:
        for request in requests:
            if request.Test():
                continue
            end = perf_counter() + patience
            while not request.Test():
                if perf_counter() > end:
                    pause()

    return way


def nap() -> None:
    """Sleep for as short as the kernel can."""
    sleep(1e-6)


WAYS: dict[str, Way] = {
    "Wait": wait,
    "yield": poll_and(os.sched_yield, 0.0),
    f"{1e6 * PATIENCE:.0f} µs, yield": poll_and(os.sched_yield, PATIENCE),
    f"{1e6 * PATIENCE:.0f} µs, nap": poll_and(nap, PATIENCE),
}


def compute(rounds: int) -> None:
    """Keep a core busy for so many rounds of a loop, however long others hold it."""
    for _ in range(rounds):
        pass


def loops_per_second() -> float:
    """Measure how many rounds of ``compute`` a core does in a second."""
    began = perf_counter()
    compute(10**6)
    return 10**6 / (perf_counter() - began)


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep so many processes busy inside."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        time.sleep(0.3 if processes else 0.0)
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def rounds_per_second(comm: MPI.Intracomm, requests: list[MPI.Prequest], way: Way, loops: int) -> float:
    """Exchange and compute for a while, and return the rounds in a second."""
    comm.Barrier()
    began, rounds = perf_counter(), 0
    while comm.bcast(perf_counter() - began < SECONDS):
        for _ in range(CHUNK):
            for request in requests:
                request.Start()
            compute(loops)
            way(requests)
        rounds += CHUNK
    return rounds / (perf_counter() - began)


def measure(comm: MPI.Intracomm) -> list[dict[str, float | str | int]]:
    """Measure all ways beside all loads; the first rank's figures count."""
    rank, size, speed = comm.Get_rank(), comm.Get_size(), loops_per_second()
    neighbours = sorted({(rank - 1) % size, (rank + 1) % size})
    buffers = np.zeros((2, len(neighbours), 2**10), np.uint8)
    requests = [comm.Recv_init(row, other) for row, other in zip(buffers[0], neighbours, strict=True)]
    requests += [comm.Send_init(row, other) for row, other in zip(buffers[1], neighbours, strict=True)]
    rows: list[dict[str, float | str | int]] = []
    for processes in BUSY:
        with busy(processes if rank == 0 else 0):
            for name, seconds in COMPUTING.items():
                loops = int(seconds[rank > 0] * speed)
                turns = [
                    [rounds_per_second(comm, requests, way, loops) for way in WAYS.values()]
                    for _ in range(TURNS)
                ]
                shares = np.median(np.array(turns) / np.array(turns)[:, :1], axis=0)
                rows.append(
                    {"busy": processes, "computing": name, "rounds": float(np.median(turns, axis=0)[0])}
                )
                rows[-1].update(zip(WAYS, shares.tolist(), strict=True))
            comm.Barrier()
    for request in requests:
        request.Free()
    return rows


def main(
    ranks: Annotated[int, typer.Option(help="Ranks of the ring.")] = 2,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Measure, print a table, write JSON."""
    if launched_rank() is None:
        raise typer.Exit(launcher.start_ranks(ranks, [__file__, *sys.argv[1:]]).code)
    from mpi4py import MPI

    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)  # naps end on time, not up to 50 µs later
    rows = measure(MPI.COMM_WORLD)
    if launched_rank():
        return
    table = Table("busy", "computing", "rounds/s", *list(WAYS)[1:], title=f"ways to wait, {ranks} ranks")
    for row in rows:
        shares = [f"{row[way]:.2f}" for way in list(WAYS)[1:]]
        table.add_row(f"{row['busy']}", f"{row['computing']}", f"{row['rounds']:,.0f}", *shares)
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
