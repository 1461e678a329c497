"""The exact y*, z* and ∇Φ at the network's average x, in closed form or solved by all ranks together.

Rank 0 alone takes the solver's decisions, so that ranks whose sums round differently cannot part ways: it says which
function of :class:`LowerProblem` it asks for at which vector, and every rank contributes its nodes until it is done.
Where each node has a lower level of its own, every rank solves for its nodes, and ∇Φ alone is a sum over ranks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from p2pbo.arrays import Rows, Vector
from p2pbo.errors import InputError
from p2pbo.network import Network, Ranks
from p2pbo.problems import ExactSolution, Oracles, Problem
from p2pbo.problems.newton_solution import LowerProblem, newton_solution
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.checks.silence import nodes_fail
from p2pbo.runner.logging.averaged_nodes import AveragedNodes

ExactSolver = Callable[[Vector, Rows], ExactSolution | None]
"""A function (x̄, ȳ) ↦ y*, z* and ∇Φ at x̄ that all ranks call; it gives them at least on rank 0.

Where each node has a lower level of its own it takes x̄ and the hosted nodes' Y, and gives their y_i* and z_i*.
"""

AFFORDABLE = 500_000
"""The largest product of the network's lower samples and the entries of y for which "auto" solves.

A solve takes about 100 products with the Hessian.

At this size a row of logistic regression takes 15 to 30 ms in one process, and 40 to 80 ms by autograd (more where
many nodes hold unequal shares); a9a (5.6 million) takes 0.1 s and more.
"""


def affordable(problem: Problem, samples: int) -> bool:
    """Tell whether "auto" solves: g is known to be strongly convex, and a product with its Hessian is cheap."""
    return problem.convexity is not None and samples * problem.dim_y <= AFFORDABLE


def exact_solver(assembly: Assembly, network: Network, averaged: AveragedNodes) -> ExactSolver | None:
    """Return the function that finds y*, z* and ∇Φ in this run, None where nothing does; called by all ranks.

    What a problem knows of its solution is that of all nodes: where some are to fail, it is solved for.

    Raises:
        InputError: it is asked for, and the lower loss has no second derivatives.
    """
    choice, problem = assembly.description.exact, assembly.problem
    if choice == "off":
        return None
    if problem.exact is not None and not nodes_fail(assembly.topology):
        return _closed_form(problem, network)
    samples = int(network.ranks.total(np.array([assembly.oracles.lower_samples.sum()]))[0])
    if choice == "auto" and not affordable(problem, samples):
        return None
    if not _twice_differentiable(assembly, network):
        if choice == "on":
            network.ranks.agree(_refuse)
        return None
    oracles = assembly.oracles
    if network.dtype != np.float64:  # single precision does not reach the solver's tolerance
        oracles = problem.host(network.hosted, np.dtype(np.float64), assembly.description.device)
        oracles.draw_by_keys(assembly.oracles.random)
        if assembly.oracles.stacking_limit is not None:
            oracles.stack_up_to(assembly.oracles.stacking_limit)
    return (OwnSolver if problem.lower_level == "local" else DistributedSolver)(
        oracles, network.ranks, averaged
    )


def _closed_form(problem: Problem, network: Network) -> ExactSolver:
    """Return the solver by the solution that the problem knows."""
    assert problem.exact is not None
    of_network, hosted = problem.exact, slice(network.hosted.start, network.hosted.stop)
    if problem.lower_level == "shared":
        return lambda x, y: of_network(x)
    rows = (network.topology.nodes, problem.dim_y)

    def of_hosted(x: Vector, Y: Rows) -> ExactSolution:
        exact = of_network(x)
        for name, V in (("y", exact.y), ("z", exact.z)):
            if np.shape(V) != rows:
                cause = f"gives {name} of shape {np.shape(V)} where each node has its own"
                raise InputError("exact", cause, f"give the rows of all nodes, of shape {rows}")
        return ExactSolution(exact.y[hosted], exact.z[hosted], exact.hypergradient)

    return of_hosted


def _twice_differentiable(assembly: Assembly, network: Network) -> bool:
    """Tell whether the lower loss has second derivatives, which not all methods ask for; called by all ranks."""
    losses = assembly.oracles.torch_losses
    if assembly.algorithm.second_derivatives or losses is None or not losses.differentiated:
        return True
    from p2pbo.problems.checks.inspection import twice_differentiable

    at = assembly.problem.x.start, assembly.problem.y.start, assembly.algorithm.batches[0]
    found = network.ranks.rank == 0 and twice_differentiable(losses, *at)
    return bool(network.ranks.total(np.array([int(found)]))[0])


def _refuse() -> None:
    cause = "solves by second derivatives, which torch has not of the lower loss"
    raise InputError("--exact on", cause, "leave it out, or give exact=, if the solution is known")


class DistributedSolver:
    """A solver on rank 0 that the other ranks serve with their nodes' parts of sums."""

    def __init__(self, oracles: Oracles, ranks: Ranks, averaged: AveragedNodes) -> None:
        self._oracles, self._ranks, self._averaged = oracles, ranks, averaged

    def __call__(self, x: Vector, y: Vector) -> ExactSolution | None:
        """Return y*, z* and ∇Φ on rank 0, all NaN where the solver does not find them; None elsewhere."""
        part = LowerProblem.average(self._oracles, x, self._averaged.nodes, self._averaged.hosted)
        if self._ranks.rank > 0:
            serve(part, self._ranks, y.size)
            return None
        exact = newton_solution(summed_over_ranks(part, self._ranks), start=y)
        self._ranks.broadcast(np.append(DONE, y))
        return exact


class OwnSolver:
    """A solver of the hosted nodes' own lower problems, all at once; ranks meet for ∇Φ."""

    def __init__(self, oracles: Oracles, ranks: Ranks, averaged: AveragedNodes) -> None:
        self._oracles, self._ranks, self._averaged = oracles, ranks, averaged

    def __call__(self, x: Vector, Y: Rows) -> ExactSolution:
        """Return the hosted nodes' y_i* and z_i*, and ∇Φ of the network; NaN where the solver does not find them."""
        own = LowerProblem.of_each(self._oracles, x, self._averaged.nodes, self._averaged.hosted)
        exact = newton_solution(own, start=Y.astype(np.float64).ravel(), blocks=len(Y))
        y, z = exact.y.reshape(Y.shape), exact.z.reshape(Y.shape)
        return ExactSolution(y, z, self._ranks.total(exact.hypergradient))


DONE = -1.0
"""The question after which rank 0 asks no more; all others are indices into :class:`LowerProblem`."""


def summed_over_ranks(part: LowerProblem, ranks: Ranks) -> LowerProblem:
    """Return, for rank 0, functions that sum all ranks' parts; each call of one asks the other ranks."""

    def ask(question: int, vector: Vector) -> Vector:
        ranks.broadcast(np.append(question, vector))
        return ranks.total(part[question](vector))

    return LowerProblem(*(partial(ask, question) for question in range(len(part))))


def serve(part: LowerProblem, ranks: Ranks, size: int) -> None:
    """Answer rank 0's questions, each at a vector of length ``size``, until it is done."""
    while (asked := ranks.broadcast(np.empty(1 + size)))[0] != DONE:
        ranks.total(part[int(asked[0])](asked[1:]))
