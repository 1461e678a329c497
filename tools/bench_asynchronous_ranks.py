"""Asynchronous ranks against rounds where one rank is ten times slower: seconds on the wall, with real sleeps.

Eight ranks with a node each on a ring, on the heterogeneous quadratic problem, to ‖∇Φ(x̄)‖ = 1e-6. Every estimate takes
10 ms more, of rank 0 so many times longer: ranks sleep, so that a few cores suffice. Step sizes of both sides are the
fastest of one lattice (``asynchronous/fastest.py``): in rounds those of a simulation, whose number of steps is the
same; without rounds those that ranks were the fastest with. What is said is the mean of three more runs with them.
Usage: python tools/bench_asynchronous_ranks.py [--slow 1 --slow 10] [--json FILE]
"""

from __future__ import annotations

import json
import math
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any
from unittest import mock

import typer
from asynchronous.fastest import Steps, fastest
from asynchronous.speedups import ASYNCHRONOUS, HELD, STARTS, TARGETS, speedup
from rich.console import Console
from rich.table import Table

import p2pbo
from p2pbo.algorithms import ComposedAlgorithm
from p2pbo.runner.mpi_world import launched_rank
from p2pbo.runner.process import launcher

ROUNDS = "sparkle-gt"
RANKS, SLEEP, RUNS = 8, 0.01, 3
LONGEST = 600
"""The estimates of the slowest rank after which a run is given up."""


def sleeping(seconds: float) -> Any:
    """Return ``ComposedAlgorithm.estimates`` that takes so much longer."""
    estimates = ComposedAlgorithm.estimates

    def slowly(*given: Any) -> Any:
        time.sleep(seconds)
        return estimates(*given)

    return slowly


def seconds_to_target(method: str, steps: Steps, slow: float, limit: float) -> float:
    """Return the seconds from the first row to the one that has reached the target; infinity: it was not in the limit.

    They are those of a watch: the wall times in traces leave out what ranks wait for each other in rows.
    """
    target = TARGETS["quadratic"]
    sleep = SLEEP * (slow if launched_rank() == 0 else 1)
    rows: list[float] = []
    with mock.patch.object(ComposedAlgorithm, "estimates", sleeping(sleep)):
        trace = p2pbo.run(
            problem="quadratic",
            algorithm=method,
            settings={**HELD.get(method, {}), "batch": target.batch, **steps},
            nodes=RANKS,
            exact=target.exact,
            steps=100 * LONGEST,
            log_every=2,
            callback=lambda row: rows.append(time.perf_counter()),
            until=f"{target.metric}={target.value},wall_time={limit!r}",
        )
    reached = trace is not None and target.metric in (trace.ended_by or "")
    return rows[-1] - rows[0] if reached else math.inf


def measure(method: str, steps: Steps, slow: float, limit: float = math.inf) -> float:
    """Return the seconds of a run on ranks of its own; infinity: it has diverged, or not come to the target."""
    seconds = min(limit, LONGEST * SLEEP * slow)
    with tempfile.NamedTemporaryFile() as file:
        flags = ["--json", file.name, "--slow", f"{slow}"]
        rank = ["--method", method, "--steps", json.dumps(steps), "--limit", f"{seconds}"]
        ended = launcher.start_ranks(RANKS, [__file__, *flags, *rank])
        return math.inf if ended.code else float(Path(file.name).read_text())


def tuned(slow: float) -> dict[str, Steps]:
    """Return the fastest step sizes of both sides."""
    in_rounds = speedup("quadratic", ROUNDS, 0).steps[0]
    ready = fastest(lambda steps, limit: measure(ASYNCHRONOUS, steps, slow, limit), STARTS[ASYNCHRONOUS])
    return {ROUNDS: in_rounds, ASYNCHRONOUS: ready.steps}


def main(
    slow: Annotated[list[float] | None, typer.Option(help="How many times slower rank 0 is.")] = None,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    method: Annotated[str | None, typer.Option(hidden=True)] = None,
    steps: Annotated[str, typer.Option(hidden=True)] = "",
    limit: Annotated[float, typer.Option(hidden=True)] = math.inf,
) -> None:
    """Measure, print a table, write JSON."""
    if method is not None:  # a rank
        assert output is not None
        assert slow is not None
        seconds = seconds_to_target(method, json.loads(steps), slow[0], limit)
        if launched_rank() == 0:
            output.write_text(f"{seconds}")
        return
    figures = {}
    table = Table("rank 0 slower", "method", "seconds, of three runs", "step sizes", "times faster")
    for times in slow or (1.0, 10.0):
        steps_of = tuned(times)
        found = {name: [measure(name, best, times) for _ in range(RUNS)] for name, best in steps_of.items()}
        figures[f"{times:g}"] = {
            name: {"steps": steps_of[name], "seconds": taken} for name, taken in found.items()
        }
        rounds = statistics.mean(found[ROUNDS])
        for name, taken in found.items():
            each = ", ".join(f"{second:.2f}" for second in taken)
            sizes = ", ".join(f"{step}={size:.3g}" for step, size in steps_of[name].items())
            table.add_row(f"{times:g}", name, each, sizes, f"{rounds / statistics.mean(taken):.2f}")
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    typer.run(main)
