"""Where a run comes from: what its trace says of it, and what all its ranks must share."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from p2pbo.network import NONE, Ranks
from p2pbo.runner.assembly import Local
from p2pbo.runner.mpi_world import mpi_library
from p2pbo.topology import spectral_report
from p2pbo.trace import Header
from p2pbo.version import VERSION


def digests(local: Local) -> dict[str, str]:
    """Of what every rank must have alike, by name."""
    return {"description": _digest(local.description.portable()), "versions": _digest(_versions())}


def header(local: Local, ranks: Ranks, hosts: int) -> Header:
    """Return what the trace says of the run before its first row."""
    topology, report = local.topology, spectral_report(local.topology)
    return Header(
        description=local.description.portable(),
        nodes=topology.nodes,
        dim_x=local.problem.dim_x,
        dim_y=local.problem.dim_y,
        dim_z=local.problem.dim_y if "z" in local.algorithm.variables else 0,
        edge_source=topology.source,
        edge_target=topology.target,
        edge_codec=_edge_codecs(local),
        attributes={
            "seed": local.description.seed,
            "lambda_2": report.lambda_2,
            "lambda_k": report.lambda_k,
            "spectral_gap": report.gap,
            "mpi_library": mpi_library() if ranks.comm is not None else "none",
            "ranks": ranks.size,
            "hosts": hosts,
            **_reach(local),
            "random_losses": " ".join(sorted(local.oracles.random)) or "none",
        },
    )


def _reach(local: Local) -> dict[str, float]:
    """Return seconds that edges are busy in a step, where codecs were fitted to them."""
    reach = local.reach
    return {} if reach is None else {"edge_time_min": reach.shortest, "edge_time_max": reach.longest}


def _edge_codecs(local: Local) -> list[str]:
    """Every directed edge's codec: one for all variables, or ``x=…,y=…``."""
    if local.compression is None:
        return [NONE] * len(local.topology.source)
    by_variable = local.compression.codecs
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
