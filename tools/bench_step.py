"""The cost of a step: its oracles, what it adds to them, and 256 nodes in one process.

Both sides of a comparison take turns in one run. Usage: python tools/bench_step.py [--json FILE]
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch  # noqa: F401 - before threads are limited
import typer
from rich.console import Console
from rich.table import Table

from p2pbo.algorithms import ALGORITHMS, ComposedAlgorithm, RunContext, Sampler, State
from p2pbo.network import Network, Ranks
from p2pbo.problems import PROBLEMS, Oracles, Problem, ProblemContext
from p2pbo.randomness import keys, subsets
from p2pbo.runner.process.heap import retained_heap
from p2pbo.runner.process.threads import thread_limit
from p2pbo.topology import build

REPEATS = 200


def seconds(function: Callable[[], object]) -> float:
    """Return the time of one call."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def closed_form_against_autograd() -> dict[str, float]:
    """Measure medians (µs) of gy, hyy(v) and hxy(v) together on one drawn batch of 50 rows of a9a."""
    problem = PROBLEMS.make("logreg-hpo", ProblemContext(8))
    draw = np.random.default_rng(0)
    X, Y, V = (draw.standard_normal((1, dim)) for dim in (problem.dim_x, problem.dim_y, problem.dim_y))
    closed, autograd = (make(range(1), np.dtype(np.float64)) for make in (problem.host, problem.autograd))
    batch = subsets(keys(0, "bench", np.arange(1)), closed.lower_samples, 50)

    def oracles(of: Oracles) -> tuple[object, ...]:
        lower = of.lower(X, Y, batch)
        return lower.gy, *lower.products(V)

    times = np.array(
        [[seconds(lambda: oracles(closed)), seconds(lambda: oracles(autograd))] for _ in range(REPEATS)]
    )
    ours, theirs = np.median(times, axis=0) * 1e6
    return {
        "closed_form_us": ours,
        "autograd_us": theirs,
        "speedup": float(np.median(times[:, 1] / times[:, 0])),
    }


def prepared(
    nodes: int, batch: int, layout: str
) -> tuple[Problem, Network, Oracles, ComposedAlgorithm, Sampler, State]:
    """Return MDBO (J = 10, `sum`, fresh batches) on a9a over a ring, ready to step, all nodes in this process."""
    problem = PROBLEMS.make("logreg-hpo", ProblemContext(nodes), features=layout)
    network = Network(build("ring", nodes))
    oracles = problem.host(network.hosted, network.dtype)
    method = ALGORITHMS.make("mdbo")
    algorithm = method.assemble(method.check("mdbo", {"batch": batch}), RunContext(problem, steps=1000))
    assert isinstance(algorithm, ComposedAlgorithm)
    start = algorithm.start((np.zeros((nodes, problem.dim_x)), np.zeros((nodes, problem.dim_y))))
    return problem, network, oracles, algorithm, Sampler(0, network.hosted, oracles), start


def beyond_oracles_and_exchange() -> dict[str, float]:
    """Measure medians (µs) of a step of one node, and of its remainder without oracles and exchange."""
    _, network, oracles, algorithm, sampler, state = prepared(1, 50, "dense")
    spent = 0.0

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any) -> Any:
            nonlocal spent
            began = time.perf_counter()
            result = function(*arguments)
            spent += time.perf_counter() - began
            return result

        return wrapper

    directions = timed(algorithm.hypergradient.directions)
    object.__setattr__(algorithm.hypergradient, "directions", directions)
    state = algorithm.step(state, network, oracles, sampler)
    (exchange,) = network._exchanges.values()
    for name in ("post", "wait", "poll"):
        object.__setattr__(exchange, name, timed(getattr(exchange, name)))
    rows = []
    for _ in range(5 * REPEATS):
        spent, began = 0.0, time.perf_counter()
        state = algorithm.step(state, network, oracles, sampler)
        whole = time.perf_counter() - began
        rows.append((whole, whole - spent))
    whole_us, beyond_us = np.median(rows, axis=0) * 1e6
    return {"step_us": whole_us, "beyond_us": beyond_us}


def many_nodes(batch: int, layout: str) -> float:
    """Measure the median time (µs) per node and step of 256 nodes in this process."""
    _, network, oracles, algorithm, sampler, state = prepared(256, batch, layout)
    times = []
    for _ in range(15):
        began = time.perf_counter()
        state = algorithm.step(state, network, oracles, sampler)
        times.append(time.perf_counter() - began)
    return float(np.median(times)) / 256 * 1e6


def main(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Measure, print a table, write JSON."""
    with thread_limit(1, Ranks()), retained_heap():
        oracles = closed_form_against_autograd()
        beyond = beyond_oracles_and_exchange()
        many = {
            f"{layout}, batch {b}": many_nodes(b, layout) for b in (1, 25) for layout in ("dense", "sparse")
        }
    table = Table(
        "what", "figure", title="cost of a step (a9a, 123 features, 2 classes)", title_justify="left"
    )
    table.add_row("gy, hyy, hxy on 50 rows, closed form", f"{oracles['closed_form_us']:.0f} µs")
    table.add_row("the same by torch autograd", f"{oracles['autograd_us']:.0f} µs")
    table.add_row("speed-up of the closed form", f"{oracles['speedup']:.1f}×")
    table.add_row("MDBO step of one node, J = 10, batch 50", f"{beyond['step_us']:.0f} µs")
    table.add_row("of it beyond oracles and exchange", f"{beyond['beyond_us']:.0f} µs")
    for name, figure in many.items():
        table.add_row(f"256 nodes, {name}: per node and step", f"{figure:.0f} µs")
    Console().print(table)
    if output is not None:
        figures = {"oracles": oracles, "step": beyond, "many_nodes_us": many}
        output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
