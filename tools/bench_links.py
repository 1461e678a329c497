"""Predicted against measured seconds a round on shaped links, and p2pbo's exchange beside a plain mpi4py one.

Four hosts of tools/cluster on a ring, a rank and a node each, with links of 10 Mbit/s and 10 ms: one for each pair of
hosts, or a card for each host, which its two edges share. Rows are sent as they are, or 5 % of their entries. The plain
side sends as many bytes by persistent requests, and makes nothing of them; both take turns. Ranks yield while they
wait, because all hosts share this machine's cores. Needs root.

Usage: python tools/bench_links.py [--rendezvous] [--json FILE]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from cluster import Cluster, Links
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from p2pbo.network import EdgeCodecs, LinkClock, Network, Stream
from p2pbo.network.clock.link_clock import CountedRound
from p2pbo.runner.mpi_world import launched_rank
from p2pbo.topology import build

if TYPE_CHECKING:
    from mpi4py import MPI

HOSTS, RATE, DELAY = 4, 1.25e6, 0.01
"""Hosts, bytes per second, seconds one way."""
SIZES = {"64 kB": 64_000, "1.3 MB": 1_300_000}
CODECS = {"all": "none", "5 %": "randk:0.05"}
BLOCKS, SECONDS = 3, 3.0
"""How often each side has its turn, and how long one is at least, as predicted."""
TIMEOUT = 900
"""Seconds for all that is measured on links of one kind."""

MPI_SETTINGS = {
    "OMPI_MCA_btl": "self,tcp",
    "OMPI_MCA_btl_tcp_if_include": "10.88.0.0/24",  # the links
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMP_NUM_THREADS": "1",
}
EAGER = {"OMPI_MCA_btl_tcp_eager_limit": f"{2**21}"}
"""Lets Open MPI send all these messages at once: above 64 kB it would ask the receiver, whose answer waits behind what
that sends itself."""


@dataclass(frozen=True)
class Case:
    """What is sent, over which links, and its figures: seconds a round, and medians of the ratios of turns."""

    link: str
    rows: str
    size: str
    predicted_s: float
    p2pbo_s: float
    plain_s: float
    of_predicted: float
    of_plain: float


Side = Callable[[], object]


def measure(comm: MPI.Intracomm, shared: bool, rows: str, size: str) -> Case:
    """Measure one case; called by all ranks."""
    topology, width = build("ring", comm.size), SIZES[size] // 8
    codecs = EdgeCodecs({"x": [CODECS[rows]] * len(topology.source)}, {"x": CODECS[rows]})
    network = Network(topology, comm, codecs=codecs)
    exchange = network.exchange([Stream("x00")], [width])
    row = np.random.default_rng(comm.rank).standard_normal((1, width))
    clock = LinkClock(topology, 1000 * DELAY, *((None, RATE) if shared else (RATE, None)))
    clock.advance(CountedRound(exchange.edge_bytes))
    (edge_bytes,) = set(np.atleast_1d(exchange.edge_bytes).tolist())
    with plain_exchange(comm, topology.neighbours(comm.rank).tolist(), edge_bytes) as plain:
        times = in_turns(
            comm, [lambda: exchange.post([row]).wait(), plain], max(3, round(SECONDS / clock.now))
        )
    network.close()
    own, other = np.median(times, axis=0).tolist()
    of_plain = float(np.median(times[:, 0] / times[:, 1]))
    named = "card" if shared else "pair"
    return Case(named, rows, size, clock.now, own, other, own / clock.now, of_plain)


@contextmanager
def plain_exchange(comm: MPI.Intracomm, peers: Sequence[int], size: int) -> Iterator[Side]:
    """Yield a function that sends and receives ``size`` bytes to and from each peer."""
    from mpi4py import MPI

    sent, received = np.ones(size, np.uint8), np.empty((len(peers), size), np.uint8)
    requests = [
        request
        for peer, into in zip(peers, received, strict=True)
        for request in (comm.Recv_init(into, peer), comm.Send_init(sent, peer))
    ]

    def round_() -> None:
        MPI.Prequest.Startall(requests)
        MPI.Request.Waitall(requests)

    yield round_
    for request in requests:
        request.Free()


def in_turns(comm: MPI.Intracomm, sides: Sequence[Side], rounds: int) -> NDArray[np.float64]:
    """Return the seconds a round, until all ranks are through, of each turn and side."""

    def turn(side: Side) -> float:
        side()  # whatever a first one sets up
        comm.Barrier()
        began = perf_counter()
        for _ in range(rounds):
            side()
        comm.Barrier()
        return (perf_counter() - began) / rounds

    return np.array([[turn(side) for side in sides] for _ in range(BLOCKS)])


def measure_on_ranks(shared: bool) -> None:
    """Measure all that is sent over links of one kind, and print it on rank 0."""
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    cases = [asdict(measure(comm, shared, rows, size)) for size in SIZES for rows in CODECS]
    if comm.rank == 0:
        print(json.dumps(cases))


def measure_on_hosts(cluster: Cluster, shared: bool, rendezvous: bool) -> list[Case]:
    """Start the ranks over links of one kind, and return what they measure."""
    settings = MPI_SETTINGS if rendezvous else {**MPI_SETTINGS, **EAGER}
    cluster.shape(Links(rate=RATE, delay=DELAY, shared=shared))
    mpiexec = Path(sys.executable).with_name("mpiexec")
    ranks = [mpiexec, "-n", HOSTS, "--host", ",".join(cluster.names), *_exports(settings)]
    program = [sys.executable, "-m", "mpi4py", Path(__file__).resolve(), *["--shared"] * shared]
    done = cluster.run("n1", [*ranks, *program], env=settings, timeout=TIMEOUT)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return [Case(**case) for case in json.loads(done.stdout)]


def _exports(names: Iterable[str]) -> list[str]:
    return [part for name in names for part in ("-x", name)]


def main(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    rendezvous: Annotated[
        bool, typer.Option("--rendezvous", help="Let Open MPI ask before long messages.")
    ] = False,
    shared: Annotated[
        bool, typer.Option("--shared", hidden=True, help="Of the ranks: what their links are.")
    ] = False,
) -> None:
    """Measure, print a table, write JSON."""
    if launched_rank() is not None:
        measure_on_ranks(shared)
        return
    with Cluster(HOSTS, links=Links()) as cluster:
        cases = [case for card in (False, True) for case in measure_on_hosts(cluster, card, rendezvous)]
    heads = ("link", "rows", "predicted", "p2pbo", "mpi4py", "/ predicted", "/ mpi4py")
    table = Table(*heads, title=f"a round on {HOSTS} hosts, {RATE * 8e-6:g} Mbit/s, {1000 * DELAY:g} ms")
    for case in cases:
        times = [f"{1000 * s:.4g} ms" for s in (case.predicted_s, case.p2pbo_s, case.plain_s)]
        ratios = [f"{ratio:.2f}" for ratio in (case.of_predicted, case.of_plain)]
        table.add_row(case.link, f"{case.rows} of {case.size}", *times, *ratios)
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps([asdict(case) for case in cases], indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
