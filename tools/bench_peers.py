"""p2pbo beside what others would write: same data, same samples, same iterates, which are checked; steps a second.

One node: SOBA and stocBiO by hand in numpy, torch and JAX, where JAX is installed. Two ranks: MDBO over
torch.distributed's gloo, and a bare exchange with the neighbour by mpi4py and by gloo. All sides take turns in one run.
Usage: python tools/bench_peers.py [--json FILE]
"""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from peers import one_node
from peers.one_node import Data, Draw, Oracles
from rich.console import Console
from rich.table import Table

import p2pbo
from p2pbo.algorithms import Sampler
from p2pbo.network import Network, Ranks, Stream
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.runner.mpi_world import launched_rank, world
from p2pbo.runner.process import launcher
from p2pbo.runner.process.threads import thread_limit
from p2pbo.topology import build

BATCH, STEP, TERMS, TURNS = 64, 0.1, 10, 3
SIZES = {"1 kB": 2**10, "16 kB": 2**14, "256 kB": 2**18, "4 MB": 2**22}
SOBA_STEPS, NEUMANN_STEPS, MDBO_STEPS = 1000, 300, 200

LIBRARIES = {"numpy": one_node.in_numpy, "torch": one_node.in_torch, "jax": one_node.in_jax}

Timed = tuple[Any, float]
"""The last x, and seconds a step."""


def node_data(nodes: int, node: int) -> tuple[Data, Sampler, float]:
    """Return one node's rows of a9a as p2pbo deals them, its draws, and L of the lower loss."""
    problem = PROBLEMS.make("logreg-hpo", ProblemContext(nodes), features="dense")
    oracles = problem.host(range(node, node + 1), np.dtype(np.float64))
    held = problem.nodes[node]
    upper, lower = ({name: leaf.numpy() for name, leaf in side.items()} for side in (held.upper, held.lower))
    assert problem.lipschitz is not None
    rows = Data(upper["a"], upper["label"], lower["a"], lower["label"], problem.dim_y // problem.dim_x)
    return rows, Sampler(0, range(node, node + 1), oracles), problem.lipschitz


def draws(sampler: Sampler, lower: int) -> Draw:
    """Return the draws of one node's steps: one batch for f and ``lower`` for g."""

    def draw(t: int) -> tuple[list[Any], list[Any]]:
        upper, rest = sampler.batches(t, BATCH, 1, lower)
        return [rows[0] for rows in upper], [rows[0] for rows in rest]  # type: ignore[index]  # hosted×size

    return draw


def ours(algorithm: str, settings: dict[str, Any], steps: int, nodes: int, comm: Any = None) -> Timed:
    """Run p2pbo on the same problem; x is None on ranks other than 0."""
    trace = p2pbo.run(
        algorithm=algorithm,
        settings=settings,
        problem={"name": "logreg-hpo", "features": "dense"},
        nodes=nodes,
        steps=steps,
        log_every=steps,
        exact="off",
        comm=comm,
    )
    if trace is None:
        return None, 0.0
    return trace.final.x[0], float(trace["wall_time"][-1]) / steps


def timed(steps: int, loop: Callable[[Callable[[], None]], Any]) -> Timed:
    """Run a loop that calls a function after each step, and leave its first steps, which compile, out of the time."""
    marks: list[float] = []
    x = loop(lambda: marks.append(time.perf_counter()))
    warm = steps // 10
    return np.asarray(x), (marks[-1] - marks[warm]) / (steps - 1 - warm)


def in_turns(sides: dict[str, Callable[[], Timed]]) -> dict[str, float]:
    """Run all sides in turns; check that their iterates agree with the first one's; return median seconds a step."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(TURNS):
        expected = None
        for name, side in sides.items():
            x, spent = side()
            expected = x if expected is None else expected
            if x is not None and expected is not None:
                np.testing.assert_allclose(x, expected, rtol=1e-9, atol=1e-12, err_msg=name)
            seconds[name].append(spent)
    return {name: float(np.median(spent)) for name, spent in seconds.items()}


def on_one_node() -> dict[str, dict[str, float]]:
    """Measure seconds a step of SOBA and stocBiO on one node: p2pbo's, and every library's that is installed."""
    data, sampler, L = node_data(1, 0)
    libraries = {name: make for name, make in LIBRARIES.items() if importlib.util.find_spec(name)}

    def start(name: str) -> tuple[Oracles, Any, Any]:
        x, y = np.zeros(data.B.shape[1]), np.zeros((data.classes, data.B.shape[1]))
        if name == "torch":
            import torch

            return libraries[name](data), torch.from_numpy(x), torch.from_numpy(y)
        return libraries[name](data), x, y

    def soba(name: str) -> Timed:
        of, x, y = start(name)
        return timed(
            SOBA_STEPS, lambda done: one_node.soba(of, x, y, draws(sampler, 1), STEP, SOBA_STEPS, done)
        )

    def stocbio(name: str) -> Timed:
        of, x, y = start(name)
        draw = draws(sampler, 1 + TERMS)
        return timed(
            NEUMANN_STEPS, lambda done: one_node.stocbio(of, x, y, draw, STEP, L, NEUMANN_STEPS, done)
        )

    rates = {"alpha": STEP, "beta": STEP, "gamma": STEP}
    of_soba: dict[str, Callable[[], Timed]] = {
        "p2pbo": lambda: ours("nc-soba", {"batch": BATCH, **rates}, SOBA_STEPS, 1)
    }
    of_stocbio: dict[str, Callable[[], Timed]] = {
        "p2pbo": lambda: ours("dsbo", {"batch": BATCH, "eta": STEP, "terms": TERMS}, NEUMANN_STEPS, 1)
    }
    for name in libraries:
        of_soba[name] = partial(soba, name)
        of_stocbio[name] = partial(stocbio, name)
    return {"SOBA": in_turns(of_soba), "stocBiO": in_turns(of_stocbio)}


def on_two_ranks() -> dict[str, Any]:
    """Measure seconds a step of MDBO, by p2pbo and over gloo, and seconds an exchange with the neighbour."""
    import torch.distributed as dist
    from peers.gloo_mdbo import mdbo

    comm = world()
    assert comm is not None
    rank = comm.Get_rank()
    place = comm.bcast(tempfile.mkdtemp() if rank == 0 else None)
    dist.init_process_group("gloo", init_method=f"file://{place}/gloo", rank=rank, world_size=2)
    data, sampler, L = node_data(2, rank)

    draw = draws(sampler, 1 + TERMS)
    steps = MDBO_STEPS
    methods = in_turns(
        {
            "p2pbo": lambda: ours("mdbo", {"batch": BATCH}, steps, 2, comm),
            "gloo": lambda: timed(steps, lambda done: mdbo(data, [1 - rank], draw, L, steps, done)),
        }
    )
    sizes = {name: exchanges(comm, size) for name, size in SIZES.items()}
    dist.destroy_process_group()
    return {"MDBO": methods, "exchange": sizes}


def exchanges(comm: Any, size: int) -> dict[str, float]:
    """Measure median seconds of a round that averages ``size`` bytes with the neighbour, all sides in turns."""
    import torch
    import torch.distributed as dist
    from mpi4py import MPI

    other, width = 1 - comm.Get_rank(), size // 8
    network = Network(build("ring", 2), comm)
    exchange = network.exchange([Stream("x")], [width])
    rows: tuple[Any, ...] = (np.random.default_rng(comm.Get_rank()).standard_normal((1, width)),)
    mine, theirs = rows[0].copy(), np.empty((1, width))
    tensor, received = torch.from_numpy(mine.copy()), torch.empty(1, width, dtype=torch.float64)
    requests = [comm.Recv_init(theirs, other), comm.Send_init(mine, other)]

    def p2pbo_() -> None:
        nonlocal rows
        rows = exchange.post(rows).wait()

    def mpi4py_() -> None:
        MPI.Prequest.Startall(requests)
        MPI.Request.Waitall(requests)
        np.add(mine, theirs, out=mine)
        np.multiply(mine, 0.5, out=mine)

    def gloo() -> None:
        work = [dist.P2POp(dist.isend, tensor, other), dist.P2POp(dist.irecv, received, other)]
        for one in dist.batch_isend_irecv(work):
            one.wait()
        tensor.add_(received).mul_(0.5)

    rounds, sides = max(10, min(1000, 2**22 // size)), (p2pbo_, mpi4py_, gloo)
    spent = np.array([[_seconds(side, rounds) for side in sides] for _ in range(5)])
    np.testing.assert_allclose(rows[0], mine)
    np.testing.assert_allclose(tensor.numpy(), mine)
    for request in requests:
        request.Free()
    network.close()
    return dict(zip(("p2pbo", "mpi4py", "gloo"), np.median(spent, axis=0).tolist(), strict=True))


def _seconds(round_: Callable[[], None], rounds: int) -> float:
    began = time.perf_counter()
    for _ in range(rounds):
        round_()
    return (time.perf_counter() - began) / rounds


def show(figures: dict[str, Any]) -> None:
    """Print a table of steps a second, and one of exchanges."""
    console = Console()
    table = Table("method", "by", "steps a second", "p2pbo's speed", title="a9a, batches of 64, one thread")
    for method in ("SOBA", "stocBiO", "MDBO"):
        for name, seconds in figures[method].items():
            ratio = f"{seconds / figures[method]['p2pbo']:.2f}×"
            table.add_row(
                f"{method}, {'2 ranks' if method == 'MDBO' else '1 node'}", name, f"{1 / seconds:.0f}", ratio
            )
    console.print(table)
    table = Table("average with the neighbour", "p2pbo", "mpi4py", "gloo", title="2 ranks")
    for size, sides in figures["exchange"].items():
        table.add_row(size, *(f"{seconds * 1e6:.1f} µs" for seconds in sides.values()))
    console.print(table)


def main(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Measure, print tables, write JSON."""
    if launched_rank() is not None:
        assert output is not None  # from the process that launched it
        with thread_limit(1, Ranks()):
            figures = on_two_ranks()
        if not launched_rank():
            output.write_text(json.dumps(figures))
        return
    with tempfile.TemporaryDirectory() as folder, thread_limit(1, Ranks()):
        theirs = Path(folder, "ranks.json")
        figures = on_one_node()
        if launcher.start_ranks(2, [__file__, "--json", str(theirs)]).code:
            raise typer.Exit(1)
        figures |= json.loads(theirs.read_text())
    show(figures)
    if "jax" not in figures["SOBA"]:
        Console().print("JAX is not installed: pip install jax")
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    typer.run(main)
