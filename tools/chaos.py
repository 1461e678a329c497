"""Trials of runs that are killed at random instants and resumed, which must lose nothing.

A trial is one method with one codec, alone, under mpiexec or under p2pbo launch: once undisturbed, once killed (a
rank, mpiexec, launch or all of the job; some twice) and resumed. After a kill all processes of the job must be gone
within seconds, and the trace must open with every row that a reader has seen; the resumed run must end as the
undisturbed one, bit for bit. Usage: python tools/chaos.py [--trials 100] [--only N] [--mpi PYTHON]... [--json FILE]
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import warnings
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from trials.execution import Outcome, TrialRun
from trials.plan import Trial, trial

from p2pbo.errors import Notice

Results = list[tuple[Trial, Outcome]]

ASKING = """
import mpi4py
mpi4py.rc.initialize = False
from p2pbo.runner.mpi_world import mpi_library
print(mpi_library())
"""

FAULTS = {
    "unopened": "not opened",
    "lost": "lost rows",
    "unresumed": "not resumed",
    "unequal": "unequal",
    "left_behind": "left behind",
    "hung": "hung",
}


def table(results: Results) -> Table:
    """Return a table with a row for each way to start a run with each victim of the last kill, and one of all."""
    found = Table(
        "started by", "killed", "trials", "kills", "opened", *FAULTS.values(), "gone after s", "s each"
    )
    found.title = "killed and gone on with"
    kinds: dict[tuple[str, str], list[Outcome]] = {}
    for planned, outcome in results:
        kinds.setdefault(_kind(planned), []).append(outcome)
    for kind, outcomes in [*sorted(kinds.items()), (("all", ""), [outcome for _, outcome in results])]:
        counts = [
            sum(getattr(outcome, name) for outcome in outcomes) for name in ("killed", "opened", *FAULTS)
        ]
        seconds = statistics.median(outcome.seconds for outcome in outcomes)
        lingered = max(outcome.lingered for outcome in outcomes)
        found.add_row(*kind, f"{len(outcomes)}", *map(str, counts), f"{lingered:.1f}", f"{seconds:.1f}")
    return found


def _as_json(results: Results, seed: int) -> str:
    whole = [{"seed": seed, **asdict(planned), **asdict(outcome)} for planned, outcome in results]
    return json.dumps(whole, indent=2) + "\n"


def _kind(trial: Trial) -> tuple[str, str]:
    if trial.starter == "alone":
        return "alone", "the process"
    return f"{trial.starter}, {library(trial.python)}", trial.kills[-1].victim


@cache
def library(python: str) -> str:
    """Return name and version of a Python's MPI library."""
    asked = subprocess.run([python, "-c", ASKING], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


def main(
    trials: Annotated[int, typer.Option(min=1, help="How many.")] = 100,
    first: Annotated[int, typer.Option(min=0, help="Number of the first one.")] = 0,
    only: Annotated[int | None, typer.Option(help="Repeat this one alone, and keep its files.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of all draws.")] = 0,
    mpi: Annotated[
        list[str] | None,
        typer.Option(help="Python of an MPI library; may be repeated.", show_default="this one"),
    ] = None,
    output: Annotated[Path | None, typer.Option("--json", help="Also write all trials here.")] = None,
) -> None:
    """Run the trials, print a table, write JSON; exit with 1 if anything was lost."""
    warnings.simplefilter("ignore", Notice)
    console = Console()
    results: Results = []
    numbers = range(first, first + trials) if only is None else [only]
    for number in numbers:
        planned = trial(number, seed, mpi or [sys.executable])
        folder = Path(tempfile.mkdtemp(prefix=f"chaos-{number}-"))
        outcome = TrialRun(planned, seed, folder).run()
        results.append((planned, outcome))
        console.print(
            f"{number}: {planned.algorithm} {planned.codec}, {', '.join(_kind(planned))}: {outcome}"
        )
        if outcome.good and only is None:
            shutil.rmtree(folder)
        else:
            console.print(f"its files are in {folder}")
        if output is not None:
            output.write_text(_as_json(results, seed), encoding="utf-8")
    console.print(table(results))
    raise typer.Exit(not all(outcome.good for _, outcome in results))


if __name__ == "__main__":
    typer.run(main)
