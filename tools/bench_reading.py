"""Reading many traces: all of them side by side (``open_traces``), some variables of all, and one variable of each.

The traces are in a temporary folder: one of each kind comes from ``TraceWriter``, the others are copies with seeds of
their own. A separate process reads them, so that its peak memory is the reader's; as they have just been written, they
come from memory and not from the disk. Usage: python tools/bench_reading.py [--json FILE]
"""

from __future__ import annotations

import json
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import h5py
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from p2pbo.trace import SCHEMA, Header, TraceRow, TraceWriter, open_trace, open_traces
from p2pbo.trace.schema import STEP, STEP_NODE

KINDS = list(product(("vrdbo", "ef-soba"), ("ring", "torus")))
METRICS = [name for name, field in SCHEMA.items() if field.dims == STEP and name != "step"]
NODE_METRICS = {name: field.dtype for name, field in SCHEMA.items() if field.dims == STEP_NODE}


def describe(algorithm: str, topology: str, nodes: int, seed: int) -> dict[str, object]:
    """Return the description of a run, of typical length."""
    return {
        "algorithm": {"name": algorithm, "eta": 0.1, "batch": 50, "mixing": "tracking"},
        "problem": {"name": "logreg-hpo"},
        "data": {"name": "a9a"},
        "partition": "iid",
        "topology": {"name": topology, "weights": "metropolis", "latency": None, "bandwidth": None},
        "nodes": nodes,
        "codec": "none",
        "seed": seed,
    }


def write(path: Path, description: dict[str, object], steps: int, nodes: int) -> None:
    """Write a trace with all standard metrics, with random values, of a run on a ring."""
    source = np.repeat(np.arange(nodes), 2)
    target = (source + np.tile([1, -1], nodes)) % nodes
    attributes: dict[str, str | int | float] = {
        "seed": 0,
        "spectral_gap": 0.1,
        "mpi_library": "none",
        "ranks": 1,
        "hosts": 1,
    }
    header = Header(description, nodes, 100, 100, 0, source, target, ["none"] * len(source), attributes)
    writer, draw = TraceWriter(path, header), np.random.default_rng(0)
    for step in range(steps):
        metrics = dict(zip(METRICS, draw.random(len(METRICS)).tolist(), strict=True))
        of_nodes = {name: (1e6 * draw.random(nodes)).astype(dtype) for name, dtype in NODE_METRICS.items()}
        writer.append(TraceRow(step, metrics, of_nodes))
    for name in ("final_x", "final_y"):
        writer.write_final(name, 0, draw.random((nodes, 100)))
    writer.close("completed")


def make(folder: Path, traces: int, steps: int, nodes: int) -> None:
    """Write ``traces`` traces, of all kinds in turn."""
    for number in range(traces):
        kind, seed = KINDS[number % len(KINDS)], number // len(KINDS)
        path, first = (folder / f"{'-'.join(kind)}-{s}.h5" for s in (seed, 0))
        if seed == 0:
            write(path, describe(*kind, nodes, 0), steps, nodes)
        else:
            shutil.copy(first, path)
            with h5py.File(path, "r+") as file:
                file.attrs["description"] = json.dumps(describe(*kind, nodes, seed))


def seconds(call: Callable[[], object]) -> float:
    """Return the time of one call, whose result is dropped."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def measure(folder: Path) -> dict[str, float]:
    """Measure the seconds to read the traces of ``folder`` in several ways, and the peak memory in GB."""
    paths = sorted(folder.iterdir())
    open_traces(paths[:2])  # imports xarray
    figures = {"open_traces": seconds(lambda: open_traces(folder))}
    figures["peak_GB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    figures["open_traces, two variables"] = seconds(
        lambda: open_traces(folder, ["upper_loss", "consensus_x"])
    )
    traces = [open_trace(path) for path in paths]
    for name in ("upper_loss", "bytes_sent"):
        figures[f"values, {name}"] = seconds(partial(list, (trace.values(name) for trace in traces)))
    return figures


def main(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    traces: Annotated[int, typer.Option(help="How many traces.", min=2)] = 1000,
    steps: Annotated[int, typer.Option(help="Logged steps of each.", min=1)] = 500,
    nodes: Annotated[int, typer.Option(help="Nodes of each.", min=3)] = 64,
) -> None:
    """Make traces, measure, print a table, write JSON."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as reader,
    ):
        make(Path(folder), traces, steps, nodes)
        figures = reader.submit(measure, Path(folder)).result()
    memory = figures["peak_GB"]
    title = f"{traces} traces, {steps} steps, {nodes} nodes: {memory:.2f} GB at most"
    table = Table("reading", "all", "a trace", title=title)
    for name, time_ in figures.items():
        if name != "peak_GB":
            table.add_row(name, f"{time_:.2f} s", f"{time_ / traces * 1e3:.2f} ms")
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
