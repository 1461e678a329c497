"""The exact figures of asynchronous nodes on several ranks: those for which no rank waits for another."""

from __future__ import annotations

from p2pbo.errors import InputError
from p2pbo.network import Network
from p2pbo.runner.assembly import Assembly
from p2pbo.runner.logging.averaged_nodes import AveragedNodes
from p2pbo.runner.logging.exact_figures import AverageFigures
from p2pbo.runner.logging.exact_solution import ExactSolver


def known_figures(
    assembly: Assembly, network: Network, averaged: AveragedNodes, solver: ExactSolver | None
) -> AverageFigures | None:
    """Return the figures of a solution that every rank knows, so that none waits for another; None: there is none.

    Raises:
        InputError: they are asked for, and ranks would have to solve together.
    """
    problem = assembly.problem
    if solver is None:
        return None
    if problem.exact is None or problem.lower_level == "local":
        if assembly.description.exact == "on":
            network.ranks.agree(_refuse)
        return None
    bounds = problem.bounds and problem.bounds.rounded(network.dtype)
    return AverageFigures(solver, assembly.oracles, network, averaged, assembly.algorithm.variables, bounds)


def _refuse() -> None:
    cause = "lets all ranks solve together in each row, and asynchronous nodes wait for nobody"
    raise InputError(
        "--exact on", cause, "leave it out, start one process, or give exact=, if the solution is known"
    )
