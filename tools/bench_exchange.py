"""One fused exchange of four variables with its mixing, against a bare mpi4py exchange of the same bytes.

Two ranks, one node each, gossiping: every round sends what the last one averaged. The bare sides have persistent
requests on one buffer: one averages in place, the other puts W V beside V, as gradient tracking needs it, and copies
it back. p2pbo gets and returns four arrays. All take turns in one run, so that noise meets all.
Usage: python tools/bench_exchange.py [--json FILE]
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

SIZES = {"1 kB": 2**10, "16 kB": 2**14, "256 kB": 2**18, "4 MB": 2**22}
BLOCKS = 20


def seconds(round_: Callable[[], object], rounds: int) -> float:
    """Return the mean time of ``rounds`` rounds."""
    began = time.perf_counter()
    for _ in range(rounds):
        round_()
    return (time.perf_counter() - began) / rounds


def measure(size: int) -> dict[str, float]:
    """Measure median times (s) of all sides for messages of ``size`` bytes, and the medians of their ratios."""
    from mpi4py import MPI

    from p2pbo.arrays import Rows
    from p2pbo.network import Network, Stream
    from p2pbo.topology import build

    comm = MPI.COMM_WORLD
    network = Network(build("ring", 2), comm)
    exchange = network.exchange([Stream(f"x0{place}") for place in range(4)], [size // 32] * 4)
    draw = np.random.default_rng(comm.Get_rank())
    variables: tuple[Rows, ...] = tuple(draw.standard_normal((1, size // 32)) for _ in range(4))
    mine, theirs = np.concatenate(variables, axis=1), np.empty((1, size // 8))
    averaged = np.empty_like(mine)
    other = 1 - comm.Get_rank()
    requests = [comm.Recv_init(theirs, other), comm.Send_init(mine, other)]

    def fused() -> None:
        nonlocal variables
        variables = exchange.post(variables).wait()

    def in_place() -> None:
        MPI.Prequest.Startall(requests)
        MPI.Request.Waitall(requests)
        np.add(mine, theirs, out=mine)
        np.multiply(mine, 0.5, out=mine)

    def beside() -> None:
        MPI.Prequest.Startall(requests)
        MPI.Request.Waitall(requests)
        np.add(mine, theirs, out=averaged)
        np.multiply(averaged, 0.5, out=averaged)
        mine[...] = averaged

    sides = fused, in_place, beside
    rounds = max(20, min(2000, 2**24 // size))
    for side in sides:
        seconds(side, rounds)
    times = np.array([[seconds(side, rounds) for side in sides] for _ in range(BLOCKS)])
    np.testing.assert_allclose(np.concatenate(variables, axis=1), mine)
    for request in requests:
        request.Free()
    network.close()
    names = [f"{side.__name__}_s" for side in sides]
    ratios = np.median(times[:, :1] / times[:, 1:], axis=0).tolist()
    return dict(
        zip([*names, "of_in_place", "of_beside"], [*np.median(times, axis=0).tolist(), *ratios], strict=True)
    )


def main(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Measure, print a table, write JSON."""
    from p2pbo.network import Ranks
    from p2pbo.runner.mpi_world import launched_rank
    from p2pbo.runner.process import launcher
    from p2pbo.runner.process.heap import retained_heap
    from p2pbo.runner.process.threads import thread_limit

    if launched_rank() is None:
        raise typer.Exit(launcher.start_ranks(2, [__file__, *sys.argv[1:]]).code)
    with thread_limit(1, Ranks()), retained_heap():
        figures = {name: measure(size) for name, size in SIZES.items()}
    if launched_rank():
        return
    table = Table(
        "message",
        "p2pbo",
        "in place",
        "beside",
        "of in place",
        "of beside",
        title="a fused exchange, 2 ranks",
    )
    for name, row in figures.items():
        times = [f"{row[side] * 1e6:.1f} µs" for side in ("fused_s", "in_place_s", "beside_s")]
        table.add_row(name, *times, f"{row['of_in_place']:.2f}", f"{row['of_beside']:.2f}")
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
