"""One run put together: description → topology, problem, oracles, method, network, trace; then the loop."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from p2pbo.algorithms import METHODS, Composition, Sampler, State
from p2pbo.config import Description
from p2pbo.errors import InputError
from p2pbo.network import Network, Placement, Ranks
from p2pbo.problems import PROBLEMS, Instance, Oracles, Problem
from p2pbo.runner.failure import Diverged, all_or_nothing
from p2pbo.runner.observer import Clock, Observer
from p2pbo.runner.threads import limited
from p2pbo.topology import Topology, build, spectral_report
from p2pbo.trace import Header, Row, Trace, TraceWriter

if TYPE_CHECKING:
    from mpi4py import MPI

Describe = Callable[[], Description]
"""Called on every rank; if it raises an InputError on any of them, all refuse the run with it."""

Watch = Callable[[Row, int], None]
"""Called on rank 0 with each logged row and the number of steps of the run."""


@dataclass(frozen=True)
class Objects:
    """What was given as Python objects, not by name."""

    problem: Problem | None = None
    topology: nx.Graph | np.ndarray | None = None


@dataclass(frozen=True)
class Local:
    """Everything that a rank makes without talking to the others."""

    description: Description
    topology: Topology
    problem: Problem
    oracles: Oracles
    composition: Composition
    sampler: Sampler

    @classmethod
    def build(cls, describe: Describe, objects: Objects, ranks: Ranks) -> Local:
        """Make the parts for the nodes that this rank hosts.

        Raises:
            InputError: the description cannot be run.
        """
        description = describe().resolve()
        topology = _topology(description, objects)
        description = description.model_copy(update={"nodes": topology.nodes})
        hosted = Placement(topology.nodes, ranks.size).hosted(ranks.rank)
        problem = objects.problem or _problem(description)
        oracles = problem.host(hosted, np.dtype(description.dtype), description.device)
        method = METHODS.make(description.algorithm.name)
        composition = method.assemble(description.algorithm.settings, problem)
        sampler = Sampler(description.seed, hosted, oracles)
        for size in (composition.batch, composition.first_batch):
            sampler.check(size)
        return cls(description, topology, problem, oracles, composition, sampler)

    def start(self) -> State:
        """The common start of every hosted node."""
        hosted, dtype = len(self.oracles.lower_samples), np.dtype(self.description.dtype)
        rows = [np.tile(part.start.astype(dtype), (hosted, 1)) for part in (self.problem.x, self.problem.y)]
        return self.composition.start(tuple(rows))


def _topology(description: Description, objects: Objects) -> Topology:
    section, nodes = description.topology, description.nodes
    if objects.problem is not None:
        held = len(objects.problem.nodes)
        if nodes not in (None, held):
            raise InputError(f"--nodes {nodes}", f"differs from the problem's {held} nodes", "leave it out")
        nodes = held
    if objects.topology is None:
        return build(section.name, nodes, section.weights, description.seed)
    if isinstance(objects.topology, np.ndarray):
        return build(objects.topology, nodes)
    return build(objects.topology, nodes, section.weights, description.seed)


def _problem(description: Description) -> Problem:
    section, data = description.problem, description.data
    assert description.nodes is not None  # resolved
    instance = Instance(description.nodes, description.seed, data.name, data.settings, description.partition)
    return PROBLEMS.make(section.name, instance, **section.settings)


def execute(
    describe: Describe, objects: Objects, comm: MPI.Intracomm | None = None, watch: Watch | None = None
) -> Trace | None:
    """Run what ``describe()`` gives on the ranks of ``comm`` (None: in this process).

    Returns:
        The trace on rank 0, None elsewhere.

    Raises:
        InputError: the run cannot start; raised alike on all ranks before any node has sent anything.
        Diverged: a state became NaN or infinite (one rank only; several abort the job with exit code 3).
    """
    with all_or_nothing(comm):
        ranks = Ranks(comm)
        local = ranks.agree(lambda: Local.build(describe, objects, ranks))
        ranks.same({"description": _digest(local.description.portable()), "versions": _digest(_versions())})
        network = Network(local.topology, comm, np.dtype(local.description.dtype))
        out = Path(local.description.out) if local.description.out else None
        header = _header(local, ranks)
        writer = ranks.agree(lambda: TraceWriter(out, header) if ranks.rank == 0 else None)
        try:
            # An overflow ends as an infinite state, which names its node and step; numpy's warnings would not.
            with limited(local.description.threads, ranks), np.errstate(over="ignore", invalid="ignore"):
                state = _loop(local, network, writer, watch)
        except BaseException as error:
            if writer is not None:
                writer.close(_status(error))
            raise
        trace = _finish(state, network, writer)
        network.close()
        ranks.close()
        return trace


def _loop(local: Local, network: Network, writer: TraceWriter | None, watch: Watch | None) -> State:
    observer = Observer(local.problem, local.oracles, network)
    steps, every = local.description.steps, local.description.log_every
    clock = Clock()

    def log(state: State) -> None:
        row = observer.row(state, clock)
        if writer is not None and row is not None:
            writer.append(row)
            if watch is not None:
                watch(row, steps)

    state = local.start()
    log(state)
    while state.step < steps:
        began = time.perf_counter()
        state = local.composition.step(state, network, local.oracles, local.sampler)
        clock.wall += time.perf_counter() - began
        _check_finite(state, network.hosted)
        if state.step % every == 0 or state.step == steps:
            log(state)
    return state


def _check_finite(state: State, hosted: range) -> None:
    for name, V in zip("xyz", state.point, strict=False):
        finite = np.isfinite(V)
        if not finite.all():
            node = hosted[int(finite.all(axis=1).argmin())]
            raise Diverged(
                f"node {node} diverged at step {state.step}: its {name} holds NaN or infinity; lower the step sizes"
            )


def _finish(state: State, network: Network, writer: TraceWriter | None) -> Trace | None:
    """Gather the final state and the edges' counts into the trace, block by block."""
    ranks = network.ranks
    for name, V in zip("xyz", state.point, strict=False):
        first = 0

        def write(rows: Any, name: str = name) -> None:
            nonlocal first
            if writer is not None:
                writer.final(f"final_{name}", first, rows)
            first += len(rows)

        ranks.rows(V, write)
    sent, messages = ranks.gather(network.edge_bytes), ranks.gather(network.edge_messages)
    if writer is None or sent is None or messages is None:
        return None
    writer.edges(sent, messages)
    return writer.close("completed")


def _status(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return f"failed: {type(error).__name__}: {error}"


def _header(local: Local, ranks: Ranks) -> Header:
    topology, report = local.topology, spectral_report(local.topology)
    return Header(
        description=local.description.portable(),
        nodes=topology.nodes,
        dim_x=local.problem.dim_x,
        dim_y=local.problem.dim_y,
        dim_z=0,
        edge_source=topology.source,
        edge_target=topology.target,
        edge_codec=["identity"] * len(topology.source),
        attributes={
            "seed": local.description.seed,
            "lambda_2": report.lambda_2,
            "lambda_k": report.lambda_k,
            "spectral_gap": report.gap,
            "mpi_library": _mpi_library(ranks),
            "ranks": ranks.size,
            "hosts": ranks.hosts(),
        },
    )


def _mpi_library(ranks: Ranks) -> str:
    if ranks.comm is None:
        return "none"
    from mpi4py import MPI

    return MPI.Get_library_version().partition("\n")[0].partition(",")[0].strip()


def _versions() -> Mapping[str, str]:
    found = {"python": sys.version.partition(" ")[0]}
    for package in ("p2pbo", "numpy", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "none"
    return found


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=16).hexdigest()
