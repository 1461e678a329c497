"""Asynchronous ranks against rounds where one rank is ten times slower: seconds on the wall, with real sleeps.

Eight ranks with a node each on a ring. Every estimate takes 10 ms more on the quadratic problem and 60 ms on a9a, on
rank 0 so many times longer: ranks sleep, so that a few cores suffice. Targets are those of the simulations
(``asynchronous/speedups.py``), and so are the step sizes of rounds, whose number does not depend on speeds; step sizes
without rounds are the fastest of a lattice (``asynchronous/fastest.py``) for ranks themselves, from those of the
simulation on. What is said is the mean of more runs with them: three, or one for each seed of the draws.
Usage: python tools/bench_asynchronous_ranks.py [--problem quadratic] [--slow 1 --slow 10] [--json FILE]
"""

from __future__ import annotations

import json
import math
import os
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from unittest import mock

import typer
from asynchronous.fastest import Steps, fastest
from asynchronous.report import Report
from asynchronous.speedups import ASYNCHRONOUS, HELD, SLOWNESSES, TARGETS, speedups
from rich.console import Console
from rich.table import Table

import p2pbo
from p2pbo.algorithms import ComposedAlgorithm
from p2pbo.runner.mpi_world import launched_rank
from p2pbo.runner.process import launcher

REPORT = Path(__file__).parents[1] / "runs" / "asynchronous" / "report.json"
RANKS, RUNS = 8, 3
SLEEP = {"quadratic": 0.01, "logreg-hpo": 0.06}
"""The seconds by which an estimate takes longer, on a rank that is not slow."""

LONGEST = 600
"""The estimates of the slowest rank after which a run is given up."""


def sleeping(seconds: float) -> Any:
    """Return ``ComposedAlgorithm.estimates`` that takes so much longer."""
    estimates = ComposedAlgorithm.estimates

    def slowly(*given: Any) -> Any:
        time.sleep(seconds)
        return estimates(*given)

    return slowly


def seconds_to_target(problem: str, method: str, steps: Steps, slow: float, seed: int, limit: float) -> float:
    """Return the seconds from the first row to the one that reaches the target; infinity: none does within a limit.

    They are those of a watch: the wall times in traces leave out what ranks wait for each other in rows.
    """
    target, rows = TARGETS[problem], list[float]()
    sleep = SLEEP[problem] * (slow if launched_rank() == 0 else 1)
    with mock.patch.object(ComposedAlgorithm, "estimates", sleeping(sleep)):
        trace = p2pbo.run(
            problem=problem,
            algorithm=method,
            settings={**HELD.get(method, {}), "batch": target.batch, **steps},
            nodes=RANKS,
            data_seed=0,
            seed=seed,
            exact=target.exact,
            steps=100 * LONGEST,
            log_every=2,
            callback=lambda row: rows.append(time.perf_counter()),
            until=f"{target.metric}={target.value},wall_time={limit!r}",
        )
    reached = trace is not None and target.metric in (trace.ended_by or "")
    return rows[-1] - rows[0] if reached else math.inf


def measure(
    problem: str, method: str, steps: Steps, slow: float, seed: int = 0, limit: float = math.inf
) -> float:
    """Return the seconds of a run on ranks of its own; infinity: it has diverged, or not come to the target."""
    seconds = min(limit, LONGEST * SLEEP[problem] * slow)
    with tempfile.NamedTemporaryFile() as file:
        flags = ["--json", file.name, "--problem", problem, "--slow", f"{slow}"]
        run = {"method": method, "steps": steps, "seed": seed, "limit": seconds}
        ended = launcher.start_ranks(RANKS, [__file__, *flags, "--run", json.dumps(run)])
        return math.inf if ended.code else float(Path(file.name).read_text())


def mean_of_draws(problem: str, steps: Steps, limit: float, *, slow: float) -> float:
    """Return the mean seconds without rounds over the seeds of a target; infinity: one does not get there."""
    draws, total = TARGETS[problem].draws, 0.0
    for seed in range(draws):
        total += measure(problem, ASYNCHRONOUS, steps, slow, seed, limit * draws - total)
        if math.isinf(total):
            break
    return total / draws


def tuned(problem: str, slow: float) -> dict[str, Steps]:
    """Return the fastest step sizes of each method."""
    simulated = Report(REPORT).measured(f"time, {problem}, seed 0", partial(speedups, problem, 0))
    place = 0 if slow < SLOWNESSES[1] else 1
    found = {each["method"]: each["steps"][place] for each in simulated}
    start, timed = found[ASYNCHRONOUS], partial(mean_of_draws, problem, slow=slow)
    if TARGETS[problem].together:
        size = fastest(
            lambda one, limit: timed(dict.fromkeys(start, one["all"]), limit), {"all": start["alpha"]}
        )
        return {**found, ASYNCHRONOUS: dict.fromkeys(start, size.steps["all"])}
    return {**found, ASYNCHRONOUS: fastest(timed, start).steps}


def main(
    problem: Annotated[list[str] | None, typer.Option(help="One of these alone.")] = None,
    slow: Annotated[list[float] | None, typer.Option(help="How many times slower rank 0 is.")] = None,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    run: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Measure, print a table, write JSON."""
    if run:  # a rank
        assert output is not None
        assert slow is not None
        assert problem is not None
        seconds = seconds_to_target(problem[0], slow=slow[0], **json.loads(run))
        if launched_rank() == 0:
            output.write_text(f"{seconds}")
        return
    figures = {}
    table = Table("problem", "rank 0 slower", "method", "seconds", "step sizes", "times faster")
    for name in problem or SLEEP:
        seeds = range(TARGETS[name].draws) if TARGETS[name].draws > 1 else [0] * RUNS
        for times in slow or SLOWNESSES:
            steps_of = tuned(name, times)
            found = {
                method: [measure(name, method, steps, times, seed) for seed in seeds]
                for method, steps in steps_of.items()
            }
            figures[f"{name}, {times:g}"] = {
                method: {"steps": steps_of[method], "seconds": taken} for method, taken in found.items()
            }
            ready = statistics.mean(found[ASYNCHRONOUS])
            for method, taken in found.items():
                sizes = ", ".join(f"{step}={size:.3g}" for step, size in steps_of[method].items())
                mean = statistics.mean(taken)
                row = f"{mean:.2f} ({min(taken):.2f} to {max(taken):.2f})", sizes, f"{mean / ready:.2f}"
                table.add_row(name, f"{times:g}", method, *row)
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    typer.run(main)
