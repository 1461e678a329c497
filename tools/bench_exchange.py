"""One exchange with its mixing, against a bare mpi4py exchange of the same bytes.

Two ranks with four variables, and a ring of eight with one of 10⁶ entries in float32; one node each, gossiping: every
round sends what the last one averaged. The bare sides have persistent requests on one buffer: one averages in place,
the other puts W V beside V, as gradient tracking needs it, and copies it back. p2pbo gets and returns an array for each
variable. All take turns in one run, so that noise meets all.
Usage: python tools/bench_exchange.py [--json FILE]
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from mpi4py import MPI

    from p2pbo.arrays import Rows

BLOCKS = 20


class Rounds(NamedTuple):
    """What a rank sends in each round: so many variables, ``size`` bytes together."""

    size: int
    variables: int = 4
    dtype: str = "float64"


CASES = {
    2: {"1 kB": Rounds(2**10), "16 kB": Rounds(2**14), "256 kB": Rounds(2**18), "4 MB": Rounds(2**22)},
    8: {"10⁶ float32": Rounds(4 * 10**6, 1, "float32")},
}
"""For each number of ranks its rounds."""

Figures = dict[str, dict[str, float]]
"""What is measured of each case."""


def seconds(round_: Callable[[], object], rounds: int) -> float:
    """Return the mean time of ``rounds`` rounds."""
    began = time.perf_counter()
    for _ in range(rounds):
        round_()
    return (time.perf_counter() - began) / rounds


def bare(comm: MPI.Intracomm, mine: Rows) -> tuple[Rows, list[Any]]:
    """Return memory for the rows of both neighbours on the ring, and persistent requests for them and ``mine``."""
    neighbours = sorted({(comm.rank - 1) % comm.size, (comm.rank + 1) % comm.size})
    theirs = np.ones((len(neighbours), *mine.shape), mine.dtype)
    requests = [comm.Recv_init(theirs[place], other) for place, other in enumerate(neighbours)]
    return theirs, requests + [comm.Send_init(mine, other) for other in neighbours]


def measure(case: Rounds) -> dict[str, float]:
    """Measure median times (s) of all sides, and the medians of their ratios."""
    from mpi4py import MPI

    from p2pbo.network import Network, Stream
    from p2pbo.topology import build

    comm, dtype = MPI.COMM_WORLD, np.dtype(case.dtype)
    rank, ranks = comm.Get_rank(), comm.Get_size()
    network = Network(build("ring", ranks), comm, dtype)
    width = case.size // dtype.itemsize // case.variables
    exchange = network.exchange(
        [Stream(f"x0{place}") for place in range(case.variables)], [width] * case.variables
    )
    draw = np.random.default_rng(rank)
    variables: tuple[Rows, ...] = tuple(
        draw.standard_normal((1, width)).astype(dtype) for _ in range(case.variables)
    )
    mine = np.concatenate(variables, axis=1)
    theirs, requests = bare(comm, mine)
    first, *others = theirs
    averaged, weight = np.empty_like(mine), dtype.type(1 / (1 + len(theirs)))

    def fused() -> None:
        nonlocal variables
        variables = exchange.post(variables).wait()

    def in_place() -> None:
        MPI.Prequest.Startall(requests)
        MPI.Request.Waitall(requests)
        np.add(mine, first, out=mine)
        for other in others:
            np.add(mine, other, out=mine)
        np.multiply(mine, weight, out=mine)

    def beside() -> None:
        MPI.Prequest.Startall(requests)
        MPI.Request.Waitall(requests)
        np.add(mine, first, out=averaged)
        for other in others:
            np.add(averaged, other, out=averaged)
        np.multiply(averaged, weight, out=averaged)
        mine[...] = averaged

    sides = fused, in_place, beside
    rounds = max(20, min(2000, 2**24 // case.size))
    for side in sides:
        seconds(side, rounds)
    times = np.array([[seconds(side, rounds) for side in sides] for _ in range(BLOCKS)])
    np.testing.assert_allclose(np.concatenate(variables, axis=1), mine, rtol=1e-4, atol=1e-6)
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
    from p2pbo.runner.mpi_world import launched_rank

    if launched_rank() is not None:
        measure_on_ranks(measure, output)
        return
    table = Table("ranks", "message", "p2pbo", "in place", "beside", "of in place", "of beside")
    figures: dict[str, Figures] = {}
    for ranks in CASES:
        figures[str(ranks)] = launched(__file__, ranks)
        for name, row in figures[str(ranks)].items():
            times = [f"{row[side] * 1e6:.1f} µs" for side in ("fused_s", "in_place_s", "beside_s")]
            table.add_row(f"{ranks}", name, *times, f"{row['of_in_place']:.2f}", f"{row['of_beside']:.2f}")
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")


def launched(script: str, ranks: int) -> Figures:
    """Return what a script measures on so many ranks, which :func:`measure_on_ranks` writes."""
    from p2pbo.runner.process import launcher

    with tempfile.NamedTemporaryFile() as file:
        ended = launcher.start_ranks(ranks, [script, "--json", file.name])
        if ended.code:
            raise typer.Exit(ended.code)
        found: Figures = json.load(file)
    return found


def measure_on_ranks(measure: Callable[[Rounds], dict[str, float]], output: Path | None) -> None:
    """Measure the cases of so many ranks; the first one writes."""
    from mpi4py import MPI

    from p2pbo.network import Ranks
    from p2pbo.runner.process.heap import retained_heap
    from p2pbo.runner.process.threads import thread_limit

    with thread_limit(1, Ranks()), retained_heap():
        figures = {name: measure(case) for name, case in CASES[MPI.COMM_WORLD.Get_size()].items()}
    if output is not None and MPI.COMM_WORLD.Get_rank() == 0:
        output.write_text(json.dumps(figures))


if __name__ == "__main__":
    typer.run(main)
