"""The codec of every edge for every variable, from what a description says of codecs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from p2pbo.algorithms import Algorithm
from p2pbo.algorithms.per_variable import AMPLIFIED
from p2pbo.compression import codec
from p2pbo.compression.low_rank import Shapes
from p2pbo.config import Description
from p2pbo.errors import InputError, did_you_mean
from p2pbo.network import NONE, EdgeCodecs, exact, repeated
from p2pbo.network.clock.figures import MILLISECOND, edge_figures
from p2pbo.runner.codecs.dry_run import EdgeLoad
from p2pbo.runner.codecs.fitting import EdgeTimes, edge_times, fit_codecs
from p2pbo.runner.codecs.low_rank import check_low_rank
from p2pbo.topology import Topology

_ALL = "all variables"

MOST_AMPLIFIED = 300.0
"""The largest λ at which codecs that are no masks are as good as none: top-K, QSGD and natural end within 1 % of it."""


@dataclass(frozen=True)
class CodecAssignment:
    """The compression of a run (None where no row changes), and how long edges are busy with codecs fitted to them."""

    compression: EdgeCodecs | None
    edge_times: EdgeTimes | None = None


def assign_codecs(
    description: Description,
    topology: Topology,
    shapes: Mapping[str, Shapes],
    algorithm: Algorithm,
    measure_load: Callable[[], EdgeLoad],
) -> CodecAssignment:
    """Return the codec of every edge for every variable that is sent.

    Args:
        description, topology: of the run.
        shapes: the tensors that a row of each variable of its method is made of.
        algorithm: the method: R of multi-step compression where its directions are compressed so, and how many
            entries its nodes send where they send parts of rows.
        measure_load: gives what an edge carries in a step; called where codecs are fitted to links.

    Raises:
        InputError: a codec is unknown or does not fit a variable, its channel or its rounds, is named for one of which
            nothing is sent, or the edges lack the attribute that is asked for.
    """
    dims = {name: sum(map(math.prod, of)) for name, of in shapes.items() if name not in algorithm.unsent}
    chosen = codecs_by_variable(description.codec, dims, algorithm.unsent)
    measure_load = cache(measure_load)
    codecs, times = codecs_on_edges(chosen, description, topology, measure_load)
    for name, specs in codecs.items():
        for spec in {chosen[name], *specs}:
            for sent in {dims[name], *map(int, algorithm.part_sizes.get(name, ()))}:
                _check(spec, description, sent, algorithm.compressions.get(name, 1))
            if name == "u":
                _check_amplified(spec, description, dims[name], algorithm)
        check_low_rank(name, dims[name], specs, description, topology, measure_load)
        if name in algorithm.part_sizes and description.channel == "masked":
            cause = f"cannot carry parts of {name}, whose entries differ from node to node"
            raise InputError("channel masked", cause, "use --channel difference, or auto")
    made = EdgeCodecs(
        codecs,
        chosen,
        description.channel,
        description.codec_scope,
        description.consensus_step,
        description.seed,
        shapes,
    )
    return CodecAssignment(made, times) if any(made.lossy(name) for name in dims) else CodecAssignment(None)


def _check(spec: str, description: Description, dim: int, rounds: int) -> None:
    dtype = np.dtype(description.dtype)
    planned = codec(spec, dim, dtype)
    codec(repeated(spec, rounds), dim, dtype)
    if description.channel == "masked" and planned.entries is None and not exact(spec):
        cause = "has no positions that both ends of an edge could derive"
        raise InputError(f"codec {spec}", cause, "use randk or randblock, or --channel difference")


def _check_amplified(spec: str, description: Description, dim: int, algorithm: Algorithm) -> None:
    """Refuse a codec that is not linear where a large λ multiplies what it does to y and u apart."""
    dtype = np.dtype(description.dtype)
    amplification = algorithm.amplification(dtype)
    linear = exact(spec) or codec(spec, dim, dtype).entries is not None
    if not linear and amplification > MOST_AMPLIFIED:
        cause = f"changes y and u each in its own way, which a penalty of {amplification:g} multiplies"
        remedy = f"use randk or randblock, or a penalty of {MOST_AMPLIFIED:g} at most (penalty_max)"
        raise InputError(f"codec {spec}", cause, remedy)


def codecs_by_variable(text: str, variables: Mapping[str, Any], unsent: str = "") -> dict[str, str]:
    """Return the codec of each variable from ``randk:0.1``, or ``x=randk:2000,y=randk:200`` in any order.

    A codec without a variable is for all that have none of their own; z and u have y's unless they are named.

    Raises:
        InputError: a variable is unknown, has two codecs, is to go through others than the one that it moves as, or is
            ``unsent``.
    """
    given: dict[str, str] = {}
    for part in text.split(","):
        variable, spec = map(str.strip, part.split("=", 1) if "=" in part else (_ALL, part))
        if variable not in {_ALL, *"xyzu"}:
            raise InputError(
                f"codec {part}", f"names no variable '{variable}'", did_you_mean(variable, "xyzu")
            )
        if variable in unsent and not exact(spec):
            cause = f"is for {variable}, which is each node's own and of which nothing is sent"
            raise InputError(f"codec {part.strip()}", cause, "leave it out")
        if variable in given:
            cause = f"gives {variable} two codecs, {given[variable]} and {spec}"
            raise InputError(f"codec {text}", cause, "leave one of them out")
        given[variable] = spec
    usual = given.get(_ALL, NONE)
    of_y = given.get("y", usual)
    chosen = {"x": given.get("x", usual), "y": of_y, "z": given.get("z", of_y), "u": given.get("u", of_y)}
    if "u" in variables and chosen["u"] != of_y:
        raise InputError(f"codec u={chosen['u']}", f"is not y's {of_y}, and {AMPLIFIED}", "give y the same")
    return {name: chosen[name] for name in variables}


def codecs_on_edges(
    chosen: Mapping[str, str],
    description: Description,
    topology: Topology,
    measure_load: Callable[[], EdgeLoad],
) -> tuple[dict[str, list[str]], EdgeTimes | None]:
    """Return the codec of each variable on every directed edge, and how long edges are busy where it was fitted.

    ``codec_by`` names an edge attribute. Text is an edge's codec itself. A number is its bytes per second: the slowest
    edge has the codec that is given, others as many more entries as keep them busy for the same time.

    Raises:
        InputError: an edge lacks the attribute, or the codec has no number of entries to change.
    """
    by, links = description.codec_by, description.topology
    if by is None:
        return {name: [spec] * len(topology.source) for name, spec in chosen.items()}, None
    usual = links.bandwidth if by == "bandwidth" else None
    values = [
        _attribute(topology, int(i), int(j), by, usual)
        for i, j in zip(topology.source, topology.target, strict=True)
    ]
    if all(isinstance(value, str) for value in values):
        return {name: list(map(str, values)) for name in chosen}, None
    rates = np.array(values, dtype=np.float64)
    if not (np.isfinite(rates).all() and (rates > 0).all()):
        raise InputError(f"the edges' {by}", "is not positive everywhere", "give bytes per second")
    latencies = MILLISECOND * edge_figures(topology, "latency", links.latency or 0.0)
    load, dtype = measure_load(), np.dtype(description.dtype)
    codecs = fit_codecs(chosen, load, rates, latencies, dtype)
    return codecs, edge_times(codecs, load, topology, rates, latencies, dtype)


def _attribute(topology: Topology, i: int, j: int, name: str, usual: float | None) -> Any:
    held = topology.graph.edges[i, j]
    if name not in held and usual is None:
        raise InputError(topology.edges.edge_name(i, j), f"has no {name}", did_you_mean(name, held))
    return held.get(name, usual)
