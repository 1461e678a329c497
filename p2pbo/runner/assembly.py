"""The parts of a run that a rank makes of a description before any rank talks to another about nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from p2pbo.algorithms import Algorithm, RunContext, Sampler, State
from p2pbo.algorithms.state import Point
from p2pbo.config import Description
from p2pbo.errors import InputError, notices_if
from p2pbo.extras import require
from p2pbo.memory import input_error_on_exhaustion, require_memory
from p2pbo.network import EdgeCodecs, LinkClock, LinkFaults, Placement, Ranks
from p2pbo.problems import PROBLEMS, Oracles, Problem, ProblemContext
from p2pbo.runner.checks.asynchronous import check_asynchronous
from p2pbo.runner.checks.directed_graphs import check_directed
from p2pbo.runner.checks.negative_weights import check_no_negative_weights
from p2pbo.runner.codecs.assignment import assign_codecs, codecs_by_variable
from p2pbo.runner.codecs.dry_run import EdgeLoad, dry_run
from p2pbo.runner.codecs.fitting import EdgeTimes
from p2pbo.runner.logging.held_out import HeldOut
from p2pbo.runner.time_model import link_clock
from p2pbo.topology import Topology
from p2pbo.topology.build import OneGraph

DescriptionFactory = Callable[[], Description]
"""A function that every rank calls; if it raises an InputError on any of them, all refuse the run with it."""


@dataclass(frozen=True)
class UserObjects:
    """A problem and a graph that were given as Python objects, not by name."""

    problem: Problem | None = None
    topology: OneGraph | Sequence[OneGraph] | np.ndarray | None = None


@dataclass(frozen=True)
class Assembly:
    """All parts of a run that a rank makes without talking to the others."""

    description: Description
    topology: Topology
    hosted: range
    problem: Problem
    oracles: Oracles
    algorithm: Algorithm
    sampler: Sampler
    link_clock: LinkClock | None
    held_out: HeldOut | None
    compression: EdgeCodecs | None = None
    edge_times: EdgeTimes | None = None

    @classmethod
    def build(cls, describe: DescriptionFactory, objects: UserObjects, ranks: Ranks) -> Assembly:
        """Return the parts of a run for the nodes that this rank hosts.

        Raises:
            InputError: the description cannot be run, or memory does not suffice.
        """
        with input_error_on_exhaustion("the run's set-up"):
            return cls._build(describe, objects, ranks)

    @classmethod
    def _build(cls, describe: DescriptionFactory, objects: UserObjects, ranks: Ranks) -> Assembly:
        require("scipy", "sklearn", "threadpoolctl", extra="run")
        description = describe().resolve()
        with notices_if(ranks.rank == 0):  # all ranks read the same files
            topology = _topology(description, objects)
        description = description.with_topology(topology)
        hosted = Placement(topology.nodes, ranks.size).hosted(ranks.rank)
        preset = description.preset
        with notices_if(ranks.rank == 0):
            problem = objects.problem or _problem(description)
        _check_lower_level(problem, description)
        if preset.variant is not None:
            problem = problem.variant(preset.variant)
        oracles = problem.host(hosted, np.dtype(description.dtype), description.device)
        capacities = dict(topology.graph.nodes(data="capacity", default=1))
        context = RunContext(
            problem,
            description.steps,
            description.seed,
            capacities,
            topology.edges.display_name,
            np.dtype(description.dtype),
        )
        algorithm = preset.assemble(description.algorithm.settings, context)
        if oracles.cost is not None:
            oracles.cost.counting = _counts_flops(description, algorithm)
        sampler = Sampler(description.seed, hosted, oracles, description.sampling)
        for size in algorithm.batches:
            sampler.check(size)
        dims = {name: problem.size(name) for name in algorithm.variables}
        _check_state(problem, dims, len(hosted), np.dtype(description.dtype))
        clock = link_clock(description, topology, algorithm) if ranks.rank == 0 else None
        held_out = HeldOut(problem.test, description.device) if problem.test is not None else None
        assembly = cls(description, topology, hosted, problem, oracles, algorithm, sampler, clock, held_out)
        codecs = codecs_by_variable(description.codec, dims)
        check_directed(topology, algorithm, description, codecs.values())
        check_asynchronous(description, algorithm, topology, codecs.values(), dims, ranks.size)
        shapes = {name: problem.shapes(name) for name in algorithm.variables}
        assigned = assign_codecs(description, topology, shapes, algorithm, assembly._edge_load)
        _check_bounds(algorithm, problem, description.algorithm.name)
        _check_exact(algorithm, assigned.compression, description.links.delay)
        check_no_negative_weights(algorithm, topology)
        _check_links(algorithm, description)
        if assigned.edge_times is not None:
            with notices_if(ranks.rank == 0):
                assigned.edge_times.warn(f"--codec-by {description.codec_by}")
        return replace(assembly, compression=assigned.compression, edge_times=assigned.edge_times)

    def start(self) -> State:
        """Return the start of every hosted node.

        Raises:
            InputError: memory does not suffice.
        """
        with input_error_on_exhaustion("the start of the run"):
            return self._start()

    def begin_again(self, state: State) -> State | None:
        """Return the start in the step of ``state``, with shorter steps than have diverged; None: there are none.

        Raises:
            InputError: memory does not suffice.
        """
        with input_error_on_exhaustion("the start of the run"):
            return self.algorithm.begin_again(state, self._point())

    def _start(self) -> State:
        return self.algorithm.start(self._point())

    def _point(self) -> Point:
        starts = (self.problem.start(name, self.hosted) for name in self.algorithm.variables)
        return tuple(np.array(V, self.description.dtype, order="C") for V in starts)

    def _edge_load(self) -> EdgeLoad:
        return dry_run(self.algorithm, self._start(), self.oracles, self.sampler, self.topology, self.hosted)


def _counts_flops(description: Description, algorithm: Algorithm) -> bool:
    return description.flops == "on" or (description.flops == "auto" and algorithm.counts_flops)


COPIES = 4
"""The least number of copies of the variables in a step of any method: values, directions, messages, their mix."""


def _check_state(problem: Problem, dims: Mapping[str, int], hosted: int, dtype: np.dtype[Any]) -> None:
    numbers = sum(dims.values())
    require_memory(
        f"problem {problem.name}",
        COPIES * hosted * numbers * dtype.itemsize,
        f"for {COPIES} copies of {', '.join(dims)} of {hosted} nodes, {numbers} numbers each",
        "use fewer nodes, more machines, a smaller problem or --dtype float32",
    )


def _check_bounds(algorithm: Algorithm, problem: Problem, name: str) -> None:
    if problem.bounds is not None and not algorithm.keeps_bounds:
        cause = "does not project x onto the problem's bounds"
        raise InputError(f"algorithm {name}", cause, "leave out the bounds, or choose another algorithm")


def _check_lower_level(problem: Problem, description: Description) -> None:
    if problem.lower_level != description.lower_level:
        cause = f"is not that of problem {problem.name}, which is {problem.lower_level}"
        remedy = (
            f'use {problem.lower_level}, or make it a Problem(…, lower_level="{description.lower_level}")'
        )
        raise InputError(f"lower level {description.lower_level}", cause, remedy)


def _check_exact(algorithm: Algorithm, compression: EdgeCodecs | None, delay: int) -> None:
    for variable in algorithm.needs_exact:
        measured = variable in algorithm.measured
        part = "schedule" if measured else "mixing"
        need = f"{'measuring the steps' if measured else 'the mixing'} of {variable} needs W itself"
        if delay:
            cause = f"leaves no W, and {need}"
            raise InputError(f"links.delay {delay}", cause, f"use another {part}, or no delay")
        if compression is not None and compression.lossy(variable):
            cause = f"changes what is sent of {variable}, and {need}"
            remedy = f"use --codec {variable}=none, or another {part} of {variable}"
            raise InputError(f"codec {compression.own[variable]}", cause, remedy)


def _check_links(algorithm: Algorithm, description: Description) -> None:
    sure = LinkFaults(**description.links.model_dump()) == LinkFaults() and description.on_failure == "abort"
    if algorithm.samples_neighbours and not sure:
        cause = "hands rows from node to node and back, which links or nodes that fail would lose"
        remedy = "leave out what lets them fail or be late, or use hessian=local"
        raise InputError(f"algorithm {description.algorithm.name}", cause, remedy)


def _topology(description: Description, objects: UserObjects) -> Topology:
    nodes = description.nodes
    if objects.problem is not None and description.data_seed is not None:
        cause = "draws nothing of a problem that is a Python object, whose data are what they are"
        raise InputError(f"data_seed {description.data_seed}", cause, "leave it out, and draw the data by it")
    if objects.problem is not None and nodes != len(objects.problem.nodes):
        cause = f"differs from the problem's {len(objects.problem.nodes)} nodes"
        raise InputError(f"--nodes {nodes}", cause, "leave it out")
    return description.build_topology(objects.topology)


def _problem(description: Description) -> Problem:
    section, data = description.problem, description.data
    assert description.nodes is not None  # resolved
    seed = description.seed if description.data_seed is None else description.data_seed
    instance = ProblemContext(
        *(description.nodes, seed, data.name, data.settings, description.partition),
        run_seed=description.seed,
        lower_level=description.lower_level or "shared",
    )
    problem = PROBLEMS.make(section.name, instance, **section.settings)
    return problem if section.bounds is None else problem.within(*section.bounds)
