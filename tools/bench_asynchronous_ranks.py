"""Asynchronous ranks against rounds where one rank is ten times slower: seconds on the wall, with real sleeps.

Eight ranks with a node each on a ring, on the heterogeneous quadratic problem. Every estimate takes 10 ms more, of rank
0 so many times longer: ranks sleep, so that a few cores suffice. Both sides take each step size of one grid, and the
fastest counts; where it is the smallest or the largest of the grid, the table says so.
Usage: python tools/bench_asynchronous_ranks.py [--slow 1 --slow 10] [--json FILE]
"""

from __future__ import annotations

import json
import math
import os
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any
from unittest import mock

import typer
from rich.console import Console
from rich.table import Table

import p2pbo
from p2pbo.algorithms import ComposedAlgorithm
from p2pbo.runner.mpi_world import launched_rank
from p2pbo.runner.process import launcher

RANKS, SLEEP, TARGET = 8, 0.01, 1e-6
GRID = (0.2, 0.4, 0.8, 1.2, 1.6, 2.4)
SIDES = {"off": "rounds", "on": "asynchronous"}
LONGEST = 300
"""The estimates of the slowest rank after which a run is given up."""

Times = dict[str, float]


def sleeping(seconds: float) -> Any:
    """Return ``ComposedAlgorithm.estimates`` that takes so much longer."""
    estimates = ComposedAlgorithm.estimates

    def slowly(*given: Any) -> Any:
        time.sleep(seconds)
        return estimates(*given)

    return slowly


def seconds_to_target(asynchronous: str, step: float, slow: float) -> float:
    """Return the mean seconds of ranks when ‖∇Φ(x̄)‖ has come to the target; infinity: it has not."""
    steps = dict.fromkeys(("alpha", "beta", "gamma"), step)
    sleep = SLEEP * (slow if launched_rank() == 0 else 1)
    with mock.patch.object(ComposedAlgorithm, "estimates", sleeping(sleep)):
        trace = p2pbo.run(
            problem="quadratic",
            algorithm="sparkle-gt",
            settings={**steps, "theta": 1.0, "radius": "off"},
            nodes=RANKS,
            asynchronous=asynchronous,
            exact="on",
            steps=100 * LONGEST,
            log_every=2,
            until=f"hypergradient_norm={TARGET},wall_time={LONGEST * SLEEP * slow}",
        )
    reached = trace is not None and "hypergradient_norm" in (trace.ended_by or "")
    return float(trace["wall_time"].values[-1]) if trace is not None and reached else math.inf


def measure(asynchronous: str, step: float, slow: float) -> float:
    """Return the seconds of a run on ranks of its own; infinity: it has diverged, or not come to the target."""
    with tempfile.NamedTemporaryFile() as file:
        flags = [
            "--json",
            file.name,
            "--slow",
            f"{slow}",
            "--step",
            f"{step}",
            "--asynchronous",
            asynchronous,
        ]
        ended = launcher.start_ranks(RANKS, [__file__, *flags])
        return math.inf if ended.code else float(Path(file.name).read_text())


def best(times: Times) -> tuple[float, float, str]:
    """Return the least seconds, the step that takes them, and whether it lies on the grid's edge."""
    steps = sorted(times, key=float)
    step = min(steps, key=lambda of: times[of])
    return times[step], float(step), " (edge)" if step in (steps[0], steps[-1]) else ""


def main(
    slow: Annotated[list[float] | None, typer.Option(help="How many times slower rank 0 is.")] = None,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    step: Annotated[float | None, typer.Option(hidden=True)] = None,
    asynchronous: Annotated[str, typer.Option(hidden=True)] = "off",
) -> None:
    """Measure, print a table, write JSON."""
    if step is not None:  # a rank
        assert output is not None
        assert slow is not None
        seconds = seconds_to_target(asynchronous, step, slow[0])
        if launched_rank() == 0:
            output.write_text(f"{seconds}")
        return
    figures = {}
    table = Table("rank 0 slower", "rounds", "step", "asynchronous", "step", "times faster")
    for times in slow or (1.0, 10.0):
        found = {side: {f"{of:g}": measure(on, of, times) for of in GRID} for on, side in SIDES.items()}
        figures[f"{times:g}"] = found
        (rounds, of, edge), (ready, own, own_edge) = best(found["rounds"]), best(found["asynchronous"])
        row = f"{rounds:.2f} s", f"{of:g}{edge}", f"{ready:.2f} s", f"{own:g}{own_edge}"
        table.add_row(f"{times:g}", *row, f"{rounds / ready:.2f}")
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    typer.run(main)
