"""The nodes of a rank in one graph against one after another, over shapes, and what the rule between them costs.

A step is fx, fy, gy and products(V) = (hyy, hxy) once each, of all nodes, on one thread. Both ways take turns, and what
is measured is the processor's time, so that other programs count little. The second table fits the constants of
``p2pbo/problems/autograd/stacking_limit.py``: how long a step takes with each limit, in times of the faster way.
Usage: python tools/bench_stacking.py [--json FILE] [--seconds S]
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from bench_oracles import SAMPLES, Case, lenet, logistic, mlp
from rich.console import Console
from rich.table import Table

from p2pbo.network import Ranks
from p2pbo.problems.autograd.stacking_limit import STACKED_NODES, STACKED_SIZE, stacking_limit
from p2pbo.runner.process.heap import retained_heap
from p2pbo.runner.process.threads import thread_limit

MODELS = {"logistic": logistic, "MLP": mlp, "LeNet": lenet}
NODES = (2, 3, 4, 8, 32)
ROWS = (1, 8, 32, 128, SAMPLES)
MOST = {"logistic": 32 * SAMPLES, "MLP": 8 * SAMPLES, "LeNet": 1024}
"""The most rows of all nodes together: more take too long."""
LIMITS = sorted({0.0, 1e5, 3e5, 1e6, 2e6, 4e6, 1e7, 3e7, 1e8, np.inf, STACKED_SIZE})


@dataclass(frozen=True)
class Shape:
    """One shape, and the times of both ways.

    Attributes:
        speedup: the median of looped / stacked.
    """

    model: str
    nodes: int
    rows: int
    size: int
    stacked_ms: float
    looped_ms: float
    speedup: float

    def loss(self, stacks: bool) -> float:
        """Return the time of one way, in times of the faster one."""
        return max(1.0, 1 / self.speedup if stacks else self.speedup)


def seconds(function: Callable[[], object]) -> float:
    """Return the processor's time of one call."""
    began = time.process_time()
    function()
    return time.process_time() - began


def measured(model: str, nodes: int, rows: int, budget: float) -> Shape:
    """Measure one shape for about ``budget`` seconds."""
    case = Case(MODELS[model](), nodes, rows)
    both = case.step(stacked=True), case.step(stacked=False)
    seconds(both[0])
    once = sum(map(seconds, both))
    repeats = max(3, min(200, int(budget / once)))
    times = np.array([[seconds(step) for step in both] for _ in range(repeats)])
    stacked_ms, looped_ms = np.median(times, axis=0) * 1e3
    speedup = float(np.median(times[:, 1] / times[:, 0]))
    return Shape(model, nodes, rows, rows * case.parameters, stacked_ms, looped_ms, speedup)


def shapes_table(shapes: list[Shape]) -> Table:
    """Return all shapes, with the way that the rule takes."""
    table = Table(
        "model", "nodes", "rows", "rows × parameters", "stacked", "looped", "looped / stacked", "rule", "rule / best",
        title="fx, fy, gy, hyy, hxy of all nodes", title_justify="left",
    )  # fmt: skip
    for s in shapes:
        stacks = s.size <= stacking_limit(s.nodes)
        table.add_row(
            *(s.model, f"{s.nodes}", f"{s.rows}", f"{s.size:.1e}"),
            *(f"{s.stacked_ms:.2f} ms", f"{s.looped_ms:.2f} ms", f"{s.speedup:.2f}"),
            *("stacked" if stacks else "looped", f"{s.loss(stacks):.2f}"),
        )
    return table


def limits_table(shapes: list[Shape]) -> Table:
    """Return what each limit costs."""
    table = Table(
        "limit", "rule / best, worst", "mean", "best / looped, mean",
        title=f"limits for {STACKED_NODES} nodes and more", title_justify="left",
    )  # fmt: skip
    concerned = [s for s in shapes if s.nodes >= STACKED_NODES]
    for limit in LIMITS:
        losses = [s.loss(s.size <= limit) for s in concerned]
        mean = np.exp(np.mean(np.log(losses)))
        gain = np.exp(np.mean([np.log(s.speedup) * (s.size <= limit) for s in concerned]))
        own = " (the rule)" if limit == STACKED_SIZE else ""
        table.add_row(f"{limit:.0e}{own}", f"{max(losses):.2f}", f"{mean:.3f}", f"{gain:.2f}")
    return table


def main(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    budget: Annotated[float, typer.Option("--seconds", help="Time for each shape.")] = 0.7,
) -> None:
    """Measure, print two tables, write JSON."""
    with thread_limit(1, Ranks()), retained_heap():
        shapes = [
            measured(model, nodes, rows, budget)
            for model in MODELS
            for nodes in NODES
            for rows in ROWS
            if nodes * rows <= MOST[model]
        ]
    Console(width=120).print(shapes_table(shapes), limits_table(shapes))
    if output is not None:
        output.write_text(json.dumps([asdict(s) for s in shapes], indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
