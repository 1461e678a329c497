"""How long commands take to start, against processes that only import the packages' modules that the commands import.

What a command imports is looked up once: the bare side imports all of it but p2pbo. ``launch`` starts eight ranks that
take one step; its bare side starts eight that import what ranks do, and MPI. Both sides take turns in one run, so that
noise meets all; modules are compiled before. Seconds are by the clock, with those of all cores beside them.
Usage: python tools/bench_start.py [--json FILE]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from p2pbo.runner.process.launcher import mpiexec

RUN = ["--problem", "quadratic", "--nodes", "8", "--steps", "1", "--quiet"]
RANKS = 8
MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
}
P2PBO = [sys.executable, "-m", "p2pbo"]
MODULES = """
import sys
from p2pbo.cli import main
try:
    main()
except SystemExit:
    print(*(name for name in sys.modules if name.partition(".")[0] not in ("p2pbo", "__main__")), file=sys.stderr)
"""
"""Prints, on standard error, what a command has imported besides p2pbo."""


class Sides(NamedTuple):
    """A command, and the process that it is compared with."""

    command: Sequence[str]
    bare: Sequence[str]


class Cost(NamedTuple):
    """What a process took until its end: seconds by the clock, and seconds of all cores."""

    wall: float
    cpu: float


def imports(arguments: Sequence[str], folder: Path) -> Path:
    """Write a program that imports what ``p2pbo ARGUMENTS`` imports, but p2pbo itself; return its path."""
    done = subprocess.run(
        [sys.executable, "-c", MODULES, *arguments], capture_output=True, text=True, check=True
    )
    names = [name for name in done.stderr.split() if all(part.isidentifier() for part in name.split("."))]
    program = folder / f"{'_'.join(argument for argument in arguments if argument.isalnum()) or 'help'}.py"
    lines = (f"try: import {name}\nexcept ImportError: pass" for name in names)  # some are made by others
    program.write_text("\n".join(lines) + "\n")
    return program


def all_sides(folder: Path) -> dict[str, Sides]:
    """Return the commands that are measured; ``folder`` gets a trace and the bare programs."""
    trace = str(folder / "run.h5")
    subprocess.run([*P2PBO, "run", *RUN, "--out", trace], check=True)
    commands = {
        "--help": ["--help"],
        "show FILE": ["show", trace],
        "topology ring --nodes 8": ["topology", "ring", "--nodes", "8"],
        "run, one step": ["run", *RUN],
    }
    sides = {
        name: Sides([*P2PBO, *arguments], [sys.executable, str(imports(arguments, folder))])
        for name, arguments in commands.items()
    }
    ranks = imports(["run", *RUN], folder)
    ranks.write_text(f"{ranks.read_text()}from mpi4py import MPI\n")
    launcher = [str(mpiexec()), "-n", str(RANKS), sys.executable, str(ranks)]
    sides[f"launch -n {RANKS}, one step"] = Sides([*P2PBO, "launch", "-n", str(RANKS), *RUN], launcher)
    return sides


def cost(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Return what a process and all that it starts take."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=dict(environment))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(time.perf_counter() - began, usage.ru_utime + usage.ru_stime)


def measure(
    sides: Mapping[str, Sides], repeats: int, environment: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """Measure all in turn; return the least seconds of each side, and the medians of their ratios."""
    for both in sides.values():
        for command in both:
            cost(command, environment)  # which compiles the modules
    taken: dict[str, list[tuple[Cost, Cost]]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, both in sides.items():
            taken[name].append((cost(both.command, environment), cost(both.bare, environment)))
    return {name: figures(np.array(pairs)) for name, pairs in taken.items()}


def figures(pairs: NDArray[np.float64]) -> dict[str, float]:
    """Return the figures of a command: ``pairs`` are repeats × (command, bare) × (wall, cpu)."""
    (wall, cpu), (bare_wall, bare_cpu) = pairs.min(axis=0)
    ratio, cpu_ratio = np.median(pairs[:, 0] / pairs[:, 1], axis=0)
    return {
        "seconds": wall,
        "bare_seconds": bare_wall,
        "ratio": ratio,
        "cpu_seconds": cpu,
        "bare_cpu_seconds": bare_cpu,
        "cpu_ratio": cpu_ratio,
    }


def main(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    repeats: Annotated[int, typer.Option(help="How often each side is started.", min=1)] = 10,
) -> None:
    """Measure, print a table, write JSON."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, **MPI, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        measured = measure(all_sides(folder), repeats, environment)
    title = f"start and end, the least of {repeats}; ratios are medians of pairs"
    table = Table("command", "time", "imports", "ratio", "all cores", "imports", "ratio", title=title)
    for name, row in measured.items():
        table.add_row(
            name,
            *(f"{row[key]:.2f} s" for key in ("seconds", "bare_seconds")),
            f"{row['ratio']:.2f}",
            *(f"{row[key]:.2f} s" for key in ("cpu_seconds", "bare_cpu_seconds")),
            f"{row['cpu_ratio']:.2f}",
        )
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(measured, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
