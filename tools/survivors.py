"""Trials of rings of eight ranks that lose one or two, of which the others must solve their remaining problem.

Every trial kills ranks with SIGKILL at random instants of `p2pbo run --on-failure continue` under Open MPI. The others
must end with exit code 0 and a complete trace that records the deaths. Their end is compared with a run of the same
nodes alone on the induced topology: ‖∇Φ‖ of their own problem at their average, and their disagreement.
Usage: python tools/survivors.py [--trials 20] [--json FILE]
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from trials.processes import Job

import p2pbo
from p2pbo.errors import InputError
from p2pbo.problems import PROBLEMS, Problem, ProblemContext
from p2pbo.problems.catalogue.quadratic import Coefficients, QuadraticOracles, lower_loss, upper_loss
from p2pbo.topology import build
from p2pbo.topology.induced_topology import induced_topology
from p2pbo.trace import Trace, open_trace

RANKS, STEPS, EVERY = 8, 2500, 10
DEADLINE = 120.0
SETTINGS = {"alpha": 0.5, "theta": 1.0, "beta": 0.3, "gamma": 0.3}

REACHED = 100.0
"""The largest ratio to the run of the survivors alone, unless both are at rounding errors."""
ROUNDING = 1e-12


@dataclass
class Outcome:
    """The outcome of a trial; ``wrong`` is empty where nothing failed.

    Attributes:
        killed: the killed ranks, in order.
        steps: the last step in the trace when each was killed.
        noticed: the steps of their deaths in the trace.
        gradient, disagreement: ‖∇Φ‖ at the survivors' average, and (1/K)Σ‖x_i − x̄‖².
        alone: the same two of a run of the survivors alone.
    """

    killed: list[int]
    steps: list[int] = field(default_factory=list)
    noticed: list[int] = field(default_factory=list)
    gradient: float = np.nan
    disagreement: float = np.nan
    alone: tuple[float, float] = (np.nan, np.nan)
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def trial(killed: list[int], instants: list[int], folder: Path) -> Outcome:
    """Run a trial: kill each of these ranks when the trace has reached its instant, and check the outcome."""
    outcome, began, out = Outcome(killed), time.monotonic(), folder / "run.h5"
    settings = [f"--set=algorithm.{name}={value}" for name, value in SETTINGS.items()]
    run = ["-m", "p2pbo", "run", "--problem=quadratic", "--algorithm=sparkle-gt", *settings, "--quiet"]
    mpiexec = [f"{Path(sys.executable).with_name('mpiexec')}", "--with-ft", "ulfm", "-n", f"{RANKS}"]
    limits = [f"--steps={STEPS}", f"--log-every={EVERY}", "--on-failure=continue", f"--out={out}"]
    with Job([*mpiexec, sys.executable, *run, *limits], folder / "log.txt") as job:
        for rank, instant in zip(killed, instants, strict=True):
            while job.code is None and job.age < DEADLINE and _step(out) < instant:
                time.sleep(0.02)
            outcome.steps.append(_step(out))
            _kill(job, rank)
        while job.code is None and job.age < DEADLINE:
            time.sleep(0.05)
        if job.code != 0:
            outcome.wrong.append("no end" if job.code is None else f"exit code {job.code}")
    outcome.seconds = time.monotonic() - began
    if not outcome.wrong:
        _examine(outcome, open_trace(out))
    return outcome


def _step(out: Path) -> int:
    """Return the last step in the trace; −1 where there is none."""
    try:
        return int(open_trace(out).values("step")[-1])
    except (InputError, IndexError):
        return -1


def _kill(job: Job, rank: int) -> None:
    for pid, kind in job.living().items():
        if kind == "rank" and f"PMIX_RANK={rank}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(
            b"\0"
        ):
            os.kill(pid, signal.SIGKILL)


def _examine(outcome: Outcome, trace: Trace) -> None:
    living = [node for node in range(RANKS) if node not in outcome.killed]
    deaths = dict(
        zip(trace.values("failure_node").tolist(), trace.values("failure_step").tolist(), strict=True)
    )
    outcome.noticed = [deaths.get(rank, -1) for rank in outcome.killed]
    rows = trace.values("step").tolist()
    if trace.status != "completed" or rows != list(range(0, STEPS + 1, EVERY)):
        outcome.wrong.append(f"{trace.status} with {len(rows)} rows")
    if sorted(deaths) != sorted(outcome.killed):
        outcome.wrong.append(f"deaths {deaths}")
    gap = induced_topology(build("ring", RANKS), outcome.killed).gap
    if not np.isclose(trace.values("failure_gap")[-1], gap):
        outcome.wrong.append(f"gap {trace.values('failure_gap')[-1]} instead of {gap}")
    outcome.gradient, outcome.disagreement = figures(trace.final.x[living], living)
    outcome.alone = alone(tuple(living), STEPS - max(outcome.noticed))
    for name, found, there in zip(
        ("gradient", "disagreement"), (outcome.gradient, outcome.disagreement), outcome.alone, strict=True
    ):
        if not found < max(REACHED * there, ROUNDING):
            outcome.wrong.append(f"{name} {found:.0e} where alone it is {there:.0e}")


def figures(x: np.ndarray, living: list[int]) -> tuple[float, float]:
    """Return ‖∇Φ‖ of the problem of these nodes at their average, and their disagreement."""
    mean = x.mean(axis=0)
    off = float(((x - mean) ** 2).sum(axis=1).mean())
    return float(np.linalg.norm(coefficients(living).exact(mean).hypergradient)), off


def coefficients(living: list[int]) -> Coefficients:
    """Return the coefficients of the nodes ``living``."""
    whole: Coefficients = PROBLEMS.make("quadratic", ProblemContext(RANKS)).exact.__self__  # type: ignore[union-attr]
    parts = {f.name: getattr(whole, f.name)[living] for f in fields(whole) if f.name != "mu"}
    return replace(whole, **parts)


@cache
def alone(living: tuple[int, ...], steps: int) -> tuple[float, float]:
    """Return the ``figures`` of a run of these nodes alone."""
    held = coefficients(list(living))
    whole = PROBLEMS.make("quadratic", ProblemContext(RANKS))
    problem = Problem(
        upper_loss,
        lower_loss,
        nodes=[whole.nodes[node] for node in living],
        dim_x=whole.dim_x,
        dim_y=whole.dim_y,
        oracles=lambda problem, nodes, dtype: QuadraticOracles(held, nodes, dtype),
        lipschitz=held.lipschitz(),
        convexity=held.convexity(),
    )
    W = build("ring", RANKS).matrix()[np.ix_(living, living)]
    W[np.diag_indices_from(W)] += 1 - W.sum(axis=1)
    trace = p2pbo.run(
        problem=problem, algorithm="sparkle-gt", settings=SETTINGS, topology=W, steps=steps, log_every=steps
    )
    assert trace is not None
    return figures(trace.final.x, list(living))


def table(outcomes: list[Outcome]) -> Table:
    """Return a table with a row for each trial."""
    found = Table(
        "killed", "at row of step", "noticed in step", "‖∇Φ‖", "alone", "disagreement", "alone", "s", ""
    )
    for o in outcomes:
        found.add_row(
            *(", ".join(map(str, values)) for values in (o.killed, o.steps, o.noticed)),
            *(f"{v:.0e}" for v in (o.gradient, o.alone[0], o.disagreement, o.alone[1])),
            f"{o.seconds:.0f}",
            "; ".join(o.wrong) or "ok",
        )
    return found


def main(
    trials: Annotated[int, typer.Option(min=1, help="How many.")] = 20,
    seed: Annotated[int, typer.Option(help="Seed of who dies when.")] = 0,
    output: Annotated[Path | None, typer.Option("--json", help="Also write all trials here.")] = None,
) -> None:
    """Run the trials, of which every other one kills two neighbours, which keeps the rest connected."""
    console, outcomes = Console(), []
    draw = random.Random(seed)
    for number in range(trials):
        first = draw.randrange(RANKS)
        killed = [first] if number % 2 == 0 else [first, (first + 1) % RANKS]
        instants = sorted(draw.randrange(20, STEPS // 3) for _ in killed)
        with tempfile.TemporaryDirectory() as folder:
            outcomes.append(trial(killed, instants, Path(folder)))
        console.print(table(outcomes[-1:]))
        if output is not None:
            output.write_text(json.dumps([asdict(outcome) for outcome in outcomes], indent=2) + "\n")
    console.print(table(outcomes))
    good = sum(not outcome.wrong for outcome in outcomes)
    console.print(f"{good} of {trials} went on as they should")
    raise typer.Exit(good < trials)


if __name__ == "__main__":
    typer.run(main)
