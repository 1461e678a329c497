"""Input rate of every codec, encoding and decoding a row, against a memory copy of the same row.

A sender encodes and decodes, as it does where it keeps a replica of its neighbour's memory; "elsewhere" is another
instance, which has to draw for itself. Each message has new keys; the row is normal numbers. Copy, numpy's loops and,
where numba is installed, the compiled ones take turns, so that noise meets all. A codec pays on links slower than the
rate at which the bytes that it saves would take as long as it does.

Then two ranks of one node each: an exchange of one long row through masks against the exact one, in turns; rows are
handed over, as adapt-then-combine methods do. Usage: python tools/bench_codecs.py [--json FILE]
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from p2pbo.runner.mpi_world import launched_rank
from p2pbo.runner.process import launcher
from p2pbo.runner.process.heap import retained_heap

SPECS = (
    "none",
    "cast:f16",
    "cast:bf16",
    "randblock:0.01",
    "randk:0.01",
    "randk:0.1",
    "topk:0.01",
    "sign",
    "natural",
    "qsgd:4",
    "msc:3:randk:0.01",
)
BLOCKS, CALLS = 25, 3
MASKS, LONG = ("randk:0.01", "randblock:0.01"), 10**7


def seconds(call: Callable[[], object]) -> float:
    """Return the mean time of a few calls, after one that is not timed."""
    call()
    began = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - began) / CALLS


def round_trip(spec: str, rows: np.ndarray, out: np.ndarray, apart: bool) -> Callable[[], None]:
    """Return a function that encodes ``rows`` and decodes them into ``out``, with new keys at every call."""
    from p2pbo.compression import codec
    from p2pbo.randomness import keys

    sender = codec(spec, rows.shape[1], rows.dtype)
    receiver = codec(spec, rows.shape[1], rows.dtype) if apart else sender
    wire = np.empty((len(rows), sender.wire_bytes), np.uint8)
    key = keys(0, "bench", np.arange(len(rows)))

    def run() -> None:
        key[...] += np.uint64(1)
        sender.encode(rows, key, wire)
        receiver.decode(wire, key, out)

    return run


def implementations(spec: str) -> list[str]:
    """Return numpy, and numba where it is installed and compiles loops of the codec."""
    from p2pbo.compression.implementations import compiled_module

    compiled = any(compiled_module(word) for word in spec.split(":") if word.isalpha())
    return ["numpy", "numba"] if compiled else ["numpy"]


def measure(spec: str, v: np.ndarray) -> dict[str, dict[str, float]]:
    """Measure a round trip of ``v`` with each implementation of a codec.

    Returns:
        By implementation: the median time (s), the input rate (GB/s), ratios to a copy's rate, and the rate of a link
        (Gbit/s) below which the codec pays.
    """
    from p2pbo.compression import codec
    from p2pbo.compression.implementations import numpy_alone

    out, names = np.empty_like(v), implementations(spec)
    trips = {name: [round_trip(spec, v, out, apart) for apart in (False, True)] for name in names}
    copies, times = np.empty(BLOCKS), {name: np.empty((BLOCKS, 2)) for name in names}
    for block in range(BLOCKS):
        copies[block] = seconds(lambda: np.copyto(out, v))
        for name, both in trips.items():
            with numpy_alone() if name == "numpy" else nullcontext():
                times[name][block] = [seconds(trip) for trip in both]
    saved = v.nbytes - len(v) * codec(spec, v.shape[1], v.dtype).wire_bytes
    figures = {}
    for name, spent in times.items():
        median = float(np.median(spent[:, 0]))
        ratio, elsewhere = np.median(copies[:, None] / spent, axis=0).tolist()
        figures[name] = {
            "seconds": median,
            "GB_per_s": v.nbytes / median / 1e9,
            "ratio": ratio,
            "elsewhere": elsewhere,
            "pays_below_Gbit_per_s": 8 * saved / median / 1e9,
        }
    return figures


def exchanges(precision: str) -> dict[str, float]:
    """Measure median times (s) of an exchange of ``LONG`` entries, exact and masked, and ratios to the exact one."""
    from mpi4py import MPI

    from p2pbo.network import Consensus, EdgeCodecs, Network, Stream
    from p2pbo.topology import build

    comm, pair = MPI.COMM_WORLD, build("ring", 2)
    compressions = {"exact": None, **{spec: EdgeCodecs({"x": [spec] * 2}, {"x": spec}) for spec in MASKS}}
    networks = {name: Network(pair, comm, np.dtype(precision), made) for name, made in compressions.items()}
    V = np.random.default_rng(comm.Get_rank()).standard_normal((1, LONG)).astype(precision)
    times: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(1 + BLOCKS):
        for name, network in networks.items():
            comm.Barrier()
            began = time.perf_counter()
            network.exchange([Stream("x", Consensus(donated=True))], [LONG]).post([V]).wait()
            times[name].append(time.perf_counter() - began)
    exact = np.array(times["exact"][1:])
    figures = {f"{name}_s": float(np.median(spent[1:])) for name, spent in times.items()}
    return figures | {spec: float(np.median(np.array(times[spec][1:]) / exact)) for spec in MASKS}


def two_ranks(output: Path) -> None:
    """Measure the exchanges on each of two ranks; rank 0 prints a table and writes JSON."""
    with retained_heap():
        figures = {precision: exchanges(precision) for precision in ("float32", "float64")}
    if launched_rank():
        return
    table = Table("exchange", "entries", "time", "of the exact one", title=f"one row of {LONG:,}, 2 ranks")
    for precision, found in figures.items():
        for name in ("exact", *MASKS):
            ratio = f"{found.get(name, 1.0):.3f}"
            table.add_row(name, precision, f"{found[f'{name}_s'] * 1e3:.1f} ms", ratio)
    Console().print(table)
    output.write_text(json.dumps(figures))


def main(
    output: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
    dim: Annotated[int, typer.Option(help="Entries of a row.", min=1)] = 10**6,
    rows: Annotated[int, typer.Option(help="Rows in a stack.", min=1)] = 1,
    precision: Annotated[str, typer.Option("--dtype", help="float32 or float64.")] = "float32",
) -> None:
    """Measure, print tables, write JSON."""
    if launched_rank() is not None:
        assert output is not None  # from the process that launched it
        two_ranks(output)
        return
    v = np.random.default_rng(0).standard_normal((rows, dim)).astype(precision)
    figures = {spec: measure(spec, v) for spec in SPECS}
    table = Table(
        "codec",
        "with",
        "time, µs",
        "GB/s",
        "of a copy",
        "elsewhere",
        "pays below, Gbit/s",
        title=f"encode + decode, {rows} × {dim} {precision}",
    )
    for spec, found in figures.items():
        for name, row in found.items():
            table.add_row(
                spec,
                name,
                f"{row['seconds'] * 1e6:.0f}",
                f"{row['GB_per_s']:.2f}",
                f"{row['ratio']:.3f}",
                f"{row['elsewhere']:.3f}",
                f"{row['pays_below_Gbit_per_s']:.1f}",
            )
    Console().print(table)
    with tempfile.TemporaryDirectory() as folder:
        theirs = Path(folder, "exchange.json")
        if launcher.start_ranks(2, [__file__, "--json", str(theirs)]).code:
            raise typer.Exit(1)
        figures["exchange"] = json.loads(theirs.read_text())
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
