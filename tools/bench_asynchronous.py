"""How much faster asynchronous nodes are than rounds, and with which step sizes they are stable; simulated.

    python tools/bench_asynchronous.py FOLDER [--problem NAME ...] [--seeds 5] [--json FILE] [--figures FOLDER]

Eight nodes, of which one may be slower. Times to a target are those of a ring whose messages take a tenth of a
computing time, with step sizes tuned for either side on one lattice (``asynchronous/fastest.py``): on the quadratic
problem, of several seeds with different slow nodes, to ‖∇Φ(x̄)‖ = 1e-6; on logreg-hpo with a9a, batches of 100 and
one step size for all variables, to an upper loss of 0.33, on average over five seeds of the draws. The largest stable
step sizes are those of exact batches (``asynchronous/stable_steps.py``). FOLDER holds report.json; killed, it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from asynchronous.drawing import draw
from asynchronous.networks import SlowNetwork
from asynchronous.report import Report
from asynchronous.speedups import speedups
from asynchronous.stable_steps import LATENCIES, SLOWNESSES, stable_step
from asynchronous.tables import StableSteps, speedup_table, stable_table
from rich.console import Console

PROBLEMS = ("quadratic", "minimax", "logreg-hpo")
STABLE = {"quadratic": ("ring", "complete", "directed ring"), "minimax": ("ring",)}
"""The graphs on which the stable steps of a problem are looked for."""


def measure_speedups(
    report: Report, problems: Sequence[str], seeds: int
) -> dict[str, list[dict[str, object]]]:
    """Return the times to the target, by case."""
    cases = [("quadratic", seed) for seed in range(seeds)] + [("logreg-hpo", 0)]
    return {
        f"{problem}, seed {seed}": report.measured(
            f"time, {problem}, seed {seed}", partial(speedups, problem, seed)
        )
        for problem, seed in cases
        if problem in problems
    }


def measure_stable_steps(
    report: Report,
    problems: Sequence[str],
    name: str,
    values: Sequence[float],
    network: Callable[..., SlowNetwork],
) -> StableSteps:
    """Return the largest stable steps by what ``name`` says, for each problem and graph."""
    return {
        f"{problem}, {graph}": {
            value: report.measured(
                f"stable, {problem}, {graph}, {name} {value:g}",
                partial(stable_step, problem, network(graph, **{name: value})),
            )
            for value in values
        }
        for problem, graphs in STABLE.items()
        if problem in problems
        for graph in graphs
    }


def main(
    folder: Annotated[Path, typer.Argument(help="Where the report is kept.")],
    problem: Annotated[list[str] | None, typer.Option(help="One of these alone.")] = None,
    seeds: Annotated[int, typer.Option(help="The quadratic problems.", min=1)] = 5,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    figures: Annotated[Path | None, typer.Option(help="Draw the picture into this folder.")] = None,
) -> None:
    """Measure what has not been, print tables, write JSON, draw."""
    folder.mkdir(parents=True, exist_ok=True)
    report, problems = Report(folder / "report.json"), problem or PROBLEMS
    latencies = measure_stable_steps(report, problems, "latency", LATENCIES, SlowNetwork)
    slownesses = measure_stable_steps(report, problems, "slow", SLOWNESSES, SlowNetwork)
    faster = measure_speedups(report, problems, seeds)
    console = Console()
    console.print(speedup_table(faster))
    console.print(stable_table("largest stable step, by latency", latencies))
    console.print(stable_table("by how many times slower one node is", slownesses))
    if output is not None:
        output.write_text(report.text(), encoding="utf-8")
    if figures is not None:
        print(draw(figures, latencies, slownesses))


if __name__ == "__main__":
    typer.run(main)
