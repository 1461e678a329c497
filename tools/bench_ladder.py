"""Where the time of one exact round goes: each of its parts alone, beside the round and one that averages in place.

The rounds of bench_exchange.py: two ranks with four variables, a ring of eight with one. All ranks do the same part at
the same time, so that they share caches and memory as in a round; parts take turns, so that noise meets all. What is
left of the round beside its parts are Python's calls between them, and caches that each part alone keeps warmer.
Usage: python tools/bench_ladder.py [--json FILE]
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from bench_exchange import BLOCKS, CASES, Figures, Rounds, bare, launched, measure_on_ranks, seconds
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from mpi4py import MPI

PARTS = (
    "round",
    "bare, in place",
    "send, receive, wait",
    "copies in",
    "product",
    "slices out",
    "heads",
    "counts",
)


def measure(case: Rounds) -> dict[str, float]:
    """Measure the median time (s) of a round, of a bare one, and of each part."""
    from mpi4py import MPI

    from p2pbo.network import Network, Stream
    from p2pbo.network.exact_exchange import ExactExchange
    from p2pbo.topology import build

    comm, dtype = MPI.COMM_WORLD, np.dtype(case.dtype)
    network = Network(build("ring", comm.Get_size()), comm, dtype)
    width = case.size // dtype.itemsize // case.variables
    streams = [Stream(f"x0{place}") for place in range(case.variables)]
    exchange = network.exchange(streams, [width] * case.variables)
    assert isinstance(exchange, ExactExchange)
    rows = tuple(np.ones((1, width), dtype) for _ in range(case.variables))
    mine = np.ones((1, width * case.variables), dtype)
    theirs, requests = bare(comm, mine)
    weight, group = dtype.type(1 / (1 + len(theirs))), exchange._groups[0]
    mixed = group.product(group.stack, None)

    def messages() -> None:
        MPI.Prequest.Startall(requests)
        MPI.Request.Waitall(requests)

    def in_place() -> None:
        messages()
        for other in theirs:
            np.add(mine, other, out=mine)
        np.multiply(mine, weight, out=mine)

    def copies() -> None:
        for own, row in zip(exchange._own, rows, strict=True):
            own[...] = row

    def heads() -> None:
        exchange._header.write(exchange.requests.rounds - 1, exchange._outgoing)  # once more, as has come
        exchange._check_heads(exchange.requests.rounds - 1)

    def counts() -> None:
        exchange._transport.begin()
        exchange._transport.count(exchange)

    sides: tuple[Callable[[], object], ...] = (
        lambda: exchange.post(rows).wait(),
        in_place,
        messages,
        copies,
        lambda: group.product(group.stack, None),
        lambda: tuple([mixed[columns] for columns in group.columns]),
        heads,
        counts,
    )
    exchange.post(rows).wait()
    rounds = max(20, min(2000, 2**24 // case.size))
    times = np.array([[_together(comm, side, rounds) for side in sides] for _ in range(BLOCKS + 1)])[1:]
    for request in requests:
        request.Free()
    network.close()
    return dict(zip(PARTS, np.median(times, axis=0).tolist(), strict=True))


def _together(comm: MPI.Intracomm, side: Callable[[], object], rounds: int) -> float:
    """Return the time of a side that all ranks begin at once."""
    comm.Barrier()
    return seconds(side, rounds)


def main(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Measure, print a table, write JSON."""
    from p2pbo.runner.mpi_world import launched_rank

    if launched_rank() is not None:
        measure_on_ranks(measure, output)
        return
    figures: Figures = {}
    for ranks in CASES:
        figures |= {f"{name}, {ranks} ranks": row for name, row in launched(__file__, ranks).items()}
    table = Table("µs", *figures)
    for part in PARTS:
        table.add_row(part, *(f"{row[part] * 1e6:.1f}" for row in figures.values()))
    left = [row["round"] - sum(row[part] for part in PARTS[2:]) for row in figures.values()]
    table.add_row("left of the round", *(f"{time * 1e6:.1f}" for time in left))
    Console(width=120).print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
