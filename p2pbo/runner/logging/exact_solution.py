"""The exact y*, z* and ∇Φ at the network's average, in closed form or solved by all ranks together.

Rank 0 alone takes the solver's decisions, so that ranks whose sums round differently cannot part ways: it says which
function of :class:`AverageProblem` it asks for at which vector, and every rank contributes its nodes until it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from p2pbo.arrays import Vector
from p2pbo.network import Network, Ranks
from p2pbo.problems import ExactSolution, Oracles, Problem
from p2pbo.problems.newton_solution import AverageProblem, newton_solution
from p2pbo.runner.assembly import Assembly

ExactSolver = Callable[[Vector, Vector], ExactSolution | None]
"""A function (x̄, ȳ) ↦ y*, z* and ∇Φ at x̄ that all ranks call; it gives them at least on rank 0."""

AFFORDABLE = 500_000
"""The largest product of the network's lower samples and the entries of y for which "auto" solves.

A solve takes about 100 products with the Hessian.

At this size a row of logistic regression takes 15 to 30 ms in one process, and 40 to 80 ms by autograd (more where
many nodes hold unequal shares); a9a (5.6 million) takes 0.2 to 2 s.
"""


def affordable(problem: Problem, samples: int) -> bool:
    """Tell whether "auto" solves: g is known to be strongly convex, and a product with its Hessian is cheap."""
    return problem.convexity is not None and samples * problem.dim_y <= AFFORDABLE


def exact_solver(assembly: Assembly, network: Network) -> ExactSolver | None:
    """Return the function that finds y*, z* and ∇Φ in this run, None where nothing does; called by all ranks."""
    choice, problem = assembly.description.exact, assembly.problem
    if choice == "off":
        return None
    if problem.exact is not None:
        closed_form = problem.exact
        return lambda x, y: closed_form(x)
    samples = int(network.ranks.total(np.array([assembly.oracles.lower_samples.sum()]))[0])
    if choice == "auto" and not affordable(problem, samples):
        return None
    oracles = assembly.oracles
    if network.dtype != np.float64:  # single precision does not reach the solver's tolerance
        oracles = problem.host(network.hosted, np.dtype(np.float64), assembly.description.device)
        oracles.draw_by_keys(assembly.oracles.random)
    return DistributedSolver(oracles, network)


class DistributedSolver:
    """A solver on rank 0 that the other ranks serve with their nodes' parts of sums."""

    def __init__(self, oracles: Oracles, network: Network) -> None:
        self._oracles, self._ranks, self._nodes = oracles, network.ranks, network.topology.nodes

    def __call__(self, x: Vector, y: Vector) -> ExactSolution | None:
        """Return y*, z* and ∇Φ on rank 0, all NaN where the solver does not find them; None elsewhere."""
        part = AverageProblem.of(self._oracles, x, self._nodes)
        if self._ranks.rank > 0:
            serve(part, self._ranks, y.size)
            return None
        exact = newton_solution(summed_over_ranks(part, self._ranks), start=y)
        self._ranks.broadcast(np.append(DONE, y))
        return exact


DONE = -1.0
"""The question after which rank 0 asks no more; all others are indices into :class:`AverageProblem`."""


def summed_over_ranks(part: AverageProblem, ranks: Ranks) -> AverageProblem:
    """Return, for rank 0, functions that sum all ranks' parts; each call of one asks the other ranks."""

    def ask(question: int, vector: Vector) -> Vector:
        ranks.broadcast(np.append(question, vector))
        return ranks.total(part[question](vector))

    return AverageProblem(*(partial(ask, question) for question in range(len(part))))


def serve(part: AverageProblem, ranks: Ranks, size: int) -> None:
    """Answer rank 0's questions, each at a vector of length ``size``, until it is done."""
    while (asked := ranks.broadcast(np.empty(1 + size)))[0] != DONE:
        ranks.total(part[int(asked[0])](asked[1:]))
