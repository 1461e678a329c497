"""The header of a run's trace, and the digests of what all its ranks must share."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from p2pbo.network import NONE, Ranks
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.mpi_world import mpi_library
from p2pbo.runner.time_model import time_model
from p2pbo.topology import Topology, spectral_report
from p2pbo.topology.directed_topology import DirectedTopology
from p2pbo.topology.spectrum.directed_report import directed_report
from p2pbo.trace import Header
from p2pbo.version import VERSION


def digests(assembly: Assembly) -> dict[str, str]:
    """Return a digest of each thing that every rank must have alike, by name."""
    return {"description": _digest(assembly.description.portable()), "versions": _digest(_versions())}


def header(assembly: Assembly, ranks: Ranks, hosts: int) -> Header:
    """Return what the trace of a run says before its first row."""
    topology = assembly.topology
    return Header(
        description=assembly.description.portable(),
        nodes=topology.nodes,
        dim_x=assembly.problem.dim_x,
        dim_y=assembly.problem.dim_y,
        dim_z=assembly.problem.dim_y if "z" in assembly.algorithm.variables else 0,
        dim_u=assembly.problem.dim_y if "u" in assembly.algorithm.variables else 0,
        edge_source=topology.source,
        edge_target=topology.target,
        edge_codec=_edge_codecs(assembly),
        attributes={
            "seed": assembly.description.seed,
            **_spectrum(topology),
            "mpi_library": mpi_library() if ranks.comm is not None else "none",
            "ranks": ranks.size,
            "hosts": hosts,
            **_edge_times(assembly),
            **time_model(assembly.description, topology),
            "random_losses": " ".join(sorted(assembly.oracles.random)) or "none",
            **_stacking(assembly),
        },
    )


def _spectrum(topology: Topology) -> dict[str, float]:
    """Return the eigenvalues that count of W; of a directed graph the gaps of R and C."""
    if isinstance(topology, DirectedTopology):
        of = directed_report(topology)
        return {"spectral_gap": of.gap, "gap_r": of.gap_r, "gap_c": of.gap_c, "step_factor": of.step_factor}
    report = spectral_report(topology)
    return {"lambda_2": report.lambda_2, "lambda_k": report.lambda_k, "spectral_gap": report.gap}


def _stacking(assembly: Assembly) -> dict[str, float]:
    """Return up to which size hosted nodes share a graph, where torch makes graphs."""
    limit = assembly.oracles.stacking_limit
    return {} if limit is None else {"stacking_limit": limit}


def _edge_times(assembly: Assembly) -> dict[str, float]:
    """Return the seconds that edges are busy in a step, where codecs were fitted to them."""
    times = assembly.edge_times
    return {} if times is None else {"edge_time_min": times.shortest, "edge_time_max": times.longest}


def _edge_codecs(assembly: Assembly) -> list[str]:
    """Return every directed edge's codec: one for all variables, or ``x=…,y=…``."""
    if assembly.compression is None:
        return [NONE] * len(assembly.topology.source)
    by_variable = assembly.compression.codecs
    return [
        specs[0]
        if len(set(specs)) == 1
        else ",".join(f"{v}={s}" for v, s in zip(by_variable, specs, strict=True))
        for specs in zip(*by_variable.values(), strict=True)
    ]


def _versions() -> Mapping[str, str]:
    found = {"python": sys.version.partition(" ")[0], "p2pbo": VERSION}
    for package in ("numpy", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "none"
    return found


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=16).hexdigest()
