"""What a rank makes of a description before any rank talks to another about nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import networkx as nx
import numpy as np

from p2pbo.algorithms import METHODS, Algorithm, Sampler, State
from p2pbo.config import Description
from p2pbo.errors import InputError
from p2pbo.extras import require
from p2pbo.network import Placement, Ranks
from p2pbo.problems import PROBLEMS, Instance, Oracles, Problem
from p2pbo.topology import Topology, build

Describe = Callable[[], Description]
"""Called on every rank; if it raises an InputError on any of them, all refuse the run with it."""


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
    algorithm: Algorithm
    sampler: Sampler

    @classmethod
    def build(cls, describe: Describe, objects: Objects, ranks: Ranks) -> Local:
        """Make the parts for the nodes that this rank hosts.

        Raises:
            InputError: the description cannot be run.
        """
        require("scipy", "sklearn", "threadpoolctl", extra="run")
        description = describe().resolve()
        topology = _topology(description, objects)
        description = description.model_copy(update={"nodes": topology.nodes})
        hosted = Placement(topology.nodes, ranks.size).hosted(ranks.rank)
        problem = objects.problem or _problem(description)
        oracles = problem.host(hosted, np.dtype(description.dtype), description.device)
        recipe = METHODS.make(description.algorithm.name)
        algorithm = recipe.assemble(description.algorithm.settings, problem, description.steps)
        sampler = Sampler(description.seed, hosted, oracles)
        for size in algorithm.batches:
            sampler.check(size)
        return cls(description, topology, problem, oracles, algorithm, sampler)

    def start(self) -> State:
        """The common start of every hosted node."""
        hosted, dtype = len(self.oracles.lower_samples), np.dtype(self.description.dtype)
        starts = {"x": self.problem.x.start, "y": self.problem.y.start, "z": np.zeros(self.problem.dim_y)}
        return self.algorithm.start(
            tuple(np.tile(starts[name].astype(dtype), (hosted, 1)) for name in self.algorithm.variables)
        )


def _topology(description: Description, objects: Objects) -> Topology:
    section, nodes = description.topology, description.nodes
    if objects.problem is not None and nodes != len(objects.problem.nodes):
        cause = f"differs from the problem's {len(objects.problem.nodes)} nodes"
        raise InputError(f"--nodes {nodes}", cause, "leave it out")
    graph = section.name if objects.topology is None else objects.topology
    if isinstance(graph, np.ndarray):  # W itself
        return build(graph, nodes)
    return build(graph, nodes, section.weights, description.seed)


def _problem(description: Description) -> Problem:
    section, data = description.problem, description.data
    assert description.nodes is not None  # resolved
    instance = Instance(description.nodes, description.seed, data.name, data.settings, description.partition)
    return PROBLEMS.make(section.name, instance, **section.settings)
