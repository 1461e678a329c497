"""How the cost of a step grows: with the nodes, with the dimension, with the ranks.

Nodes: MDBO (J = 10, one fresh row) on a9a over a ring, all in this process. Dimension: SPARKLE-GT on two ranks with
one node each, whose oracles cost as much as a few copies, beside one copy of what they send. Ranks: the same 64 nodes
on more and more ranks, from as many as there are cores to many times that.
Usage: python tools/bench_growth.py [--figures FOLDER] [--json FILE]
"""

from __future__ import annotations

import gc
import json
import os
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table
from step_costs.stepping import Stepping

from p2pbo.network import Network, Ranks
from p2pbo.problems import PROBLEMS, ClosedForm, NodeData, Problem, ProblemContext
from p2pbo.runner.mpi_world import launched_rank
from p2pbo.runner.process import launcher
from p2pbo.runner.process.heap import retained_heap
from p2pbo.runner.process.threads import thread_limit
from p2pbo.topology import build
from p2pbo.trace import open_trace

if TYPE_CHECKING:
    from mpi4py import MPI

NODES = (8, 32, 128, 512, 2048, 10_000)
DIMENSIONS = (10**2, 10**3, 10**4, 10**5, 10**6, 10**7)
RANKS = (1, 2, 4, 8, 16, 32, 64)
HOSTED = 64
"""Nodes on all ranks together, where ranks grow."""
STEPS = 50
PLOTS = {
    "nodes": ("nodes", {"us_a_node": "µs a node and step", "kb_a_node": "kB a node beside the data"}),
    "dimension": (
        "dimension of x, y and z",
        {"ns_an_entry": "step: ns an entry sent", "copy_ns": "one copy of it"},
    ),
    "ranks": (
        f"ranks of {HOSTED} nodes, on {os.cpu_count()} cores",
        {"ms_a_step": "ms a step", "ms_waiting": "ms waiting, a rank"},
    ),
}
"""For each kind of growth what grows, and the lines of its figure."""

Figures = dict[str, dict[int, dict[str, float]]]


def seconds(stepping: Stepping, comm: MPI.Intracomm | None = None) -> float:
    """Return the median time of a step, of at least five and as many as take a second on the first rank."""
    stepping.step()
    times: list[float] = []
    while len(times) < 5 or sum(times) < 1:
        began = time.perf_counter()
        stepping.step()
        times.append(time.perf_counter() - began)
        if comm is not None:  # as many steps on every rank
            times[-1] = comm.bcast(times[-1])
    return float(np.median(times))


def of_nodes(nodes: int) -> dict[str, float]:
    """Measure the time of a step (µs a node), and the memory beside the data (kB a node)."""
    problem = PROBLEMS.make("logreg-hpo", ProblemContext(nodes), features="sparse")
    network = Network(build("ring", nodes))
    oracles = problem.host(network.hosted, network.dtype)
    step_us = seconds(Stepping(problem, oracles, network, "mdbo", {"batch": 1})) * 1e6
    gc.collect()
    tracemalloc.start()
    stepping = Stepping(problem, oracles, network, "mdbo", {"batch": 1})
    stepping.step()
    stepping.step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"us_a_node": step_us / nodes, "kb_a_node": peak / nodes / 1e3}


def separable(dim: int) -> Problem:
    """Return f = ½‖y‖² + ½‖x − a‖² and g = ½‖y − x − b‖² on two nodes with an a and a b of their own."""

    def f(x: torch.Tensor, y: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:
        return ((y**2).sum() + ((x - batch.mean()) ** 2).sum()) / 2

    def g(x: torch.Tensor, y: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:
        return ((y - x - batch.mean()) ** 2).sum() / 2

    form = ClosedForm(
        fx=lambda X, Y, batch: X - batch.mean(1, keepdims=True),
        fy=lambda X, Y, batch: Y,
        gy=lambda X, Y, batch: Y - X - batch.mean(1, keepdims=True),
        hyy=lambda X, Y, batch, V: V,
        hxy=lambda X, Y, batch, V: -V,
    )
    nodes = [NodeData(upper=torch.tensor([i + 1.0]), lower=torch.tensor([2.0 - i])) for i in range(2)]
    return Problem(upper=f, lower=g, dim_x=dim, dim_y=dim, nodes=nodes, lipschitz=1.0, oracles=form)


def of_dimension(dim: int) -> dict[str, float]:
    """Measure a step, and a copy of what it sends, in ns an entry of what is sent: x, y, z and their trackers."""
    from mpi4py import MPI

    network = Network(build("ring", 2), MPI.COMM_WORLD, np.dtype(np.float32))
    problem = separable(dim)
    oracles = problem.host(network.hosted, network.dtype)
    settings = {"alpha": 0.1, "beta": 0.1, "gamma": 0.1}
    step = seconds(Stepping(problem, oracles, network, "sparkle-gt", settings), MPI.COMM_WORLD)
    source = np.ones(6 * dim, np.float32)
    target, copies = np.empty_like(source), []
    for _ in range(5):
        began = time.perf_counter()
        target[...] = source
        copies.append(time.perf_counter() - began)
    network.close()
    return {"ns_an_entry": step / source.size * 1e9, "copy_ns": float(np.median(copies)) / source.size * 1e9}


def of_ranks(ranks: int) -> dict[str, float]:
    """Measure a step of 64 nodes (ms) by the trace of a run, and what the ranks wait in it (ms each)."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "trace.h5"
        settings = ["--algorithm", "mdbo", "--topology", "ring", "--nodes", f"{HOSTED}"]
        length = ["--steps", f"{2 * STEPS}", "--log-every", f"{STEPS}", "--quiet", "--out", f"{out}"]
        ended = launcher.start_ranks(ranks, ["-m", "p2pbo", "run", *settings, *length])
        if ended.code:
            raise typer.Exit(ended.code)
        trace = open_trace(out)
        took = {key: np.diff(trace.values(key))[-1] / STEPS * 1e3 for key in ("wall_time", "wait_time")}
    return {"ms_a_step": float(took["wall_time"]), "ms_waiting": float(took["wait_time"])}


def draw(figures: Figures, folder: Path) -> None:
    """Draw a figure for each kind of growth."""
    import matplotlib.pyplot as plt

    from p2pbo.analysis.plots.figures import styled

    for name, (label, lines) in PLOTS.items():
        with styled():
            figure, axes = plt.subplots(figsize=(5, 3.2), layout="constrained")
            for key, what in lines.items():
                rows = figures[name]
                axes.loglog([*rows], [row[key] or np.nan for row in rows.values()], marker="o", label=what)
            axes.set_xlabel(label)
            axes.set_ylim(bottom=min(0.9 * axes.get_ylim()[0], 1))
            axes.legend()
            figure.savefig(folder / f"growth-{name}.png", dpi=150)
            plt.close(figure)


def print_tables(figures: Figures) -> None:
    """Print a table for each kind of growth."""
    for name, (label, lines) in PLOTS.items():
        table = Table(label, *lines.values())
        for size, row in figures[name].items():
            table.add_row(f"{size:,}", *(f"{row[key]:.2f}" for key in lines))
        Console().print(table)


def main(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    drawn: Annotated[Path | None, typer.Option("--figures", help="Also draw them into this folder.")] = None,
) -> None:
    """Measure, print tables, write JSON, draw."""
    figures: Figures = {}
    with thread_limit(1, Ranks()), retained_heap():
        if launched_rank() is not None:
            figures["dimension"] = {dim: of_dimension(dim) for dim in DIMENSIONS}
            if launched_rank() == 0 and output is not None:
                output.write_text(json.dumps(figures["dimension"]))
            return
        figures["nodes"] = {nodes: of_nodes(nodes) for nodes in NODES}
    with tempfile.NamedTemporaryFile() as file:
        ended = launcher.start_ranks(2, [__file__, "--json", file.name])
        if ended.code:
            raise typer.Exit(ended.code)
        figures["dimension"] = {int(dim): row for dim, row in json.load(file).items()}
    figures["ranks"] = {ranks: of_ranks(ranks) for ranks in RANKS}
    print_tables(figures)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")
    if drawn is not None:
        draw(figures, drawn)


if __name__ == "__main__":
    typer.run(main)
