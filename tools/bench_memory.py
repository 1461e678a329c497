"""Memory that a run takes at most beyond its imports and the data that it has read, in processes of their own.

A process runs no step, forgets its peak (``/proc/self/clear_refs``), and runs again with ten: by what its peak then
exceeds what it held is the memory of the run: rows of the nodes, batches, messages. On ranks it is that of the largest
one. Only `p2pbo.run` is used, so that this file measures any tree, with PYTHONPATH=/path/to/old before it. Linux alone.
Usage: python tools/bench_memory.py [--json FILE]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from p2pbo.runner.process.launcher import mpiexec

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
}
CHILD = """
import json, sys
import p2pbo

def status(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name)) / 1024

def run(steps):
    p2pbo.run(steps=steps, log_every=steps or 1, exact="off", **asked)

asked = json.loads(sys.argv[1])
run(0)
open("/proc/self/clear_refs", "w").write("5")
before = status("VmRSS")
run(10)
print("MB", before, status("VmHWM") - before, flush=True)
"""


class Case(NamedTuple):
    """A run whose memory is measured, on so many ranks."""

    name: str
    run: dict[str, Any]
    ranks: int = 1


def wide(dim: int, **more: Any) -> dict[str, Any]:
    """Return a run with rows of ``dim`` entries, whose problem takes little beside them."""
    problem = {"name": "synthetic-linear", "features": dim, "train": 4, "validation": 4, "test": 4}
    return {"problem": problem, "algorithm": "nc-soba", "dtype": "float32", "settings": {"batch": 1}, **more}


CASES = (
    Case("SOBA, a9a, one node, 64 rows", {"algorithm": "nc-soba", "nodes": 1, "settings": {"batch": 64}}),
    Case("SOBA, a9a, 8 nodes, 64 rows", {"algorithm": "nc-soba", "nodes": 8, "settings": {"batch": 64}}),
    Case("MDBO, a9a, 8 nodes, all rows", {"algorithm": "mdbo", "nodes": 8}),
    Case("MDBO, a9a, 1,024 nodes, 1 row", {"algorithm": "mdbo", "nodes": 1024, "settings": {"batch": 1}}),
    Case("MDBO, a9a, 10,000 nodes, 1 row", {"algorithm": "mdbo", "nodes": 10_000, "settings": {"batch": 1}}),
    Case("SOBA, 8 nodes, rows of 4 MB", wide(10**6, nodes=8)),
    Case("the same, top 1 %", wide(10**6, nodes=8, codec="topk:0.01", channel="difference")),
    Case("the same, QSGD", wide(10**6, nodes=8, codec="qsgd:4", channel="difference")),
    Case("SOBA, 2 ranks, rows of 4 MB", wide(10**6, nodes=2), 2),
    Case("the same, random 1 %", wide(10**6, nodes=2, codec="randk:0.01"), 2),
)


def measure(case: Case) -> dict[str, float]:
    """Return the MB that the process of a case holds before its run, and those that the run takes at most."""
    command = [sys.executable, "-c", CHILD, json.dumps(case.run)]
    if case.ranks > 1:
        command = [str(mpiexec()), "-n", str(case.ranks), *command]
    done = subprocess.run(
        command, env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True, timeout=600, check=False
    )
    lines = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("MB ")]
    if done.returncode or len(lines) != case.ranks:
        raise RuntimeError(f"{case.name} ended with {done.returncode}: {done.stderr.strip()}")
    before, run = (max(map(float, column)) for column in zip(*lines, strict=True))
    return {"before_MB": before, "run_MB": run}


def main(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    only: Annotated[str, typer.Option(help="Cases whose name contains this.")] = "",
) -> None:
    """Measure, print a table, write JSON."""
    measured = {case.name: measure(case) for case in CASES if only in case.name}
    table = Table("run", "imports and data", "the run", title="memory of a process, or of the largest rank")
    for name, row in measured.items():
        table.add_row(name, f"{row['before_MB']:.0f} MB", f"{row['run_MB']:.1f} MB")
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(measured, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
