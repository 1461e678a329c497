"""The growth of memory, open files and trace size in long runs.

The runs have 100,000 steps on the quadratic problem in one process, on two ranks, and with a codec whose channel has a
memory; resident memory and open files of each process are read at each logged step. Then come traces of the same steps
with more and more rows. Usage: python tools/endurance.py [--steps 100000] [--json FILE]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from trials.processes import Job

import p2pbo
from p2pbo.trace import open_trace

RUN = ["-m", "p2pbo", "run", "--problem", "quadratic", "--nodes", "8", "--algorithm", "sparkle-gt", "--quiet"]
COMPRESSED = ["--codec", "topk:0.4", "--channel", "difference"]
ALONE, TWO = [sys.executable], [f"{Path(sys.executable).with_name('mpiexec')}", "-n", "2", sys.executable]
LONG_RUNS = {
    "1 process": [*ALONE, *RUN],
    "2 ranks": [*TWO, *RUN],
    "1 process, difference channel": [*ALONE, *RUN, *COMPRESSED],
    "2 ranks, difference channel": [*TWO, *RUN, *COMPRESSED],
}
ROWS = 100
LOG_EVERY = (10, 5, 2, 1)
SETTLED = 0.1
"""The share of the steps after which memory should be flat: caches fill before."""


class Sample(NamedTuple):
    """The resident memory and open files of a process at a step."""

    pid: int
    step: int
    resident: int
    handles: int


def samples(command: list[str], steps: int) -> Iterator[Sample]:
    """Yield a sample of each process that takes steps, for each row of the trace."""
    with tempfile.TemporaryDirectory() as folder:
        out, log = Path(folder) / "run.h5", Path(folder) / "log.txt"
        told = ["--steps", f"{steps}", "--log-every", f"{steps // ROWS}", "--out", f"{out}"]
        seen = -1
        with Job([*command, *told], log) as job:
            while job.code is None:
                time.sleep(0.2)
                step = _last_step(out)
                if step > seen and job.code is None:
                    seen = step
                    yield from _process_samples(job, step)
        if job.code:
            raise RuntimeError(log.read_text(encoding="utf-8"))


def _last_step(out: Path) -> int:
    if not out.exists() or not out.stat().st_size:
        return -1
    last = open_trace(out).last
    return -1 if last is None else last.step


def _process_samples(job: Job, step: int) -> Iterator[Sample]:
    for pid, kind in job.living().items():
        if kind == "rank":
            entry = Path(f"/proc/{pid}")
            try:
                status = dict(line.split(":", 1) for line in (entry / "status").read_text().splitlines())
                handles = len(list((entry / "fd").iterdir()))
                yield Sample(pid, step, int(status["VmRSS"].split()[0]) * 1024, handles)
            except (FileNotFoundError, KeyError):  # it has just ended
                continue


def figures(command: list[str], steps: int) -> list[dict[str, Any]]:
    """Measure each process of a long run: memory in bytes, growth in bytes per 10,000 steps, open files."""
    by_process: dict[int, list[Sample]] = {}
    began = time.monotonic()
    for sample in samples(command, steps):
        by_process.setdefault(sample.pid, []).append(sample)
    seconds = time.monotonic() - began
    found = []
    for seen in by_process.values():
        settled = np.array([sample[1:] for sample in seen if sample.step >= SETTLED * steps], dtype=float)
        slope = np.polynomial.Polynomial.fit(settled[:, 0], settled[:, 1], 1).convert().coef[1]
        figure = {
            "samples": len(seen),
            "steps": seen[-1].step,
            "first": seen[0].resident,
            "settled": settled[0, 1],
            "last": settled[-1, 1],
            "slope": slope * 1e4,
            "handles": sorted({sample.handles for sample in seen}),
            "seconds": seconds,
        }
        found.append(figure)
    return found


def sizes(steps: int) -> list[dict[str, int]]:
    """Measure the bytes of traces of the same run with more and more rows."""
    found = []
    for every in LOG_EVERY:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "run.h5"
            p2pbo.run(problem="quadratic", algorithm="sparkle-gt", steps=steps, log_every=every, out=out)
            found.append({"log_every": every, "rows": open_trace(out).rows, "bytes": out.stat().st_size})
    return found


def memory_table(results: dict[str, list[dict[str, Any]]]) -> Table:
    """Return the table of memory and open files, with MB and kB as powers of two."""
    columns = ("run", "steps", "first MB", "after 10 %", "last MB", "kB / 10,000 steps", "open files", "s")
    table = Table(*columns, title="resident memory and open files")
    for name, rows in results.items():
        for row in rows:
            megabytes = [f"{row[key] / 2**20:.2f}" for key in ("first", "settled", "last")]
            handles = ", ".join(map(str, row["handles"]))
            table.add_row(
                name,
                f"{row['steps']}",
                *megabytes,
                f"{row['slope'] / 2**10:+.1f}",
                handles,
                f"{row['seconds']:.0f}",
            )
    return table


def growth_table(results: list[dict[str, int]]) -> Table:
    """Return the table of trace sizes, with the bytes of each further row."""
    table = Table("log-every", "rows", "bytes", "bytes / further row", title="the trace's size")
    before: dict[str, int] = {}
    for row in results:
        further = (
            (row["bytes"] - before["bytes"]) / (row["rows"] - before["rows"]) if before else float("nan")
        )
        table.add_row(f"{row['log_every']}", f"{row['rows']}", f"{row['bytes']}", f"{further:.0f}")
        before = row
    return table


def main(
    steps: Annotated[int, typer.Option(min=1000, help="Steps of a long run.")] = 100_000,
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Measure, print tables, write JSON."""
    memory = {name: figures(command, steps) for name, command in LONG_RUNS.items()}
    growth = sizes(2000)
    console = Console()
    console.print(memory_table(memory))
    console.print(growth_table(growth))
    if output is not None:
        output.write_text(json.dumps({"memory": memory, "growth": growth}, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
