"""What a logged row says of the exact solution: Φ(x̄), ‖∇Φ(x̄)‖, and how far y and z are from theirs.

shared lower level          Φ(x̄) = (1/K) Σ f_i(x̄, y*(x̄)),      ‖ȳ − y*‖,  ‖z̄ − z*‖
one of each node's own      Φ(x̄) = (1/K) Σ f_i(x̄, y_i*(x̄)),    √((1/K) Σ ‖y_i − y_i*‖²),  z_i alike
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np

from p2pbo.algorithms.state import Point
from p2pbo.arrays import Rows, Vector
from p2pbo.network import Network
from p2pbo.problems import ExactSolution, Oracles
from p2pbo.problems.bounds import Bounds
from p2pbo.runner.logging.averaged_nodes import AveragedNodes
from p2pbo.runner.logging.exact_solution import ExactSolver

Means = tuple[Vector, ...]
"""The averages x̄, ȳ and, where the method has a third variable, z̄ or ū."""


class ExactFigures(ABC):
    """The figures of rows; NaN where no solution is found."""

    def __init__(
        self,
        solve: ExactSolver,
        oracles: Oracles,
        network: Network,
        averaged: AveragedNodes,
        variables: str,
        bounds: Bounds | None,
    ) -> None:
        self._solve, self._oracles, self._network, self._averaged = solve, oracles, network, averaged
        self._variables, self._bounds = variables, bounds

    @abstractmethod
    def __call__(self, point: Point, means: Means) -> dict[str, float]:
        """Return the figures on rank 0, none elsewhere; called by all ranks."""

    def _norms(self, x: Vector, hypergradient: Vector) -> dict[str, float]:
        """Return ‖∇Φ(x̄)‖, and ‖x̄ − Π(x̄ − ∇Φ(x̄))‖ where x has bounds."""
        found = {"hypergradient_norm": float(np.linalg.norm(hypergradient))}
        if self._bounds is not None:
            projected = self._bounds.projected_gradient(x, hypergradient)
            found["projected_gradient_norm"] = float(np.linalg.norm(projected))
        return found

    def _upper_losses(self, x: Vector, Y: Rows) -> float:
        """Return Σ f_i(x̄, y_i) over the hosted nodes that count, NaN where there are no y_i."""
        if not np.isfinite(Y).all():
            return math.nan
        dtype = self._network.dtype
        f, _ = self._oracles.losses(np.tile(x.astype(dtype), (len(Y), 1)), Y.astype(dtype))
        return float(self._averaged.total(f.astype(np.float64)))


class AverageFigures(ExactFigures):
    """The figures of a lower level that all nodes share, at the network's average."""

    def __call__(self, point: Point, means: Means) -> dict[str, float]:
        """Return the figures on rank 0, none elsewhere; called by all ranks."""
        ranks = self._network.ranks
        exact = self._solve(means[0], means[1])
        y = ranks.broadcast(means[1] if exact is None else exact.y)
        own = self._upper_losses(means[0], np.tile(y, (len(point[0]), 1)))
        objective = float(ranks.total(np.array([own]))[0]) / self._averaged.nodes
        if exact is None:
            return {}
        return {"hyper_objective": objective, **self._of_average(means, exact)}

    def share(self, means: Means, nodes: int) -> float:
        """Return Σ f_i(x̄, y*(x̄)) over the hosted nodes, whose number is ``nodes``; the solver needs this rank alone."""
        exact = self._solve(means[0], means[1])
        assert exact is not None  # every rank knows it
        return self._upper_losses(means[0], np.tile(exact.y, (nodes, 1)))

    def known(self, means: Means) -> dict[str, float]:
        """Return the figures of the average alone; the solver needs this rank alone."""
        exact = self._solve(means[0], means[1])
        assert exact is not None  # every rank knows it
        return self._of_average(means, exact)

    def _of_average(self, means: Means, exact: ExactSolution) -> dict[str, float]:
        return {**self._norms(means[0], exact.hypergradient), **self._errors(means, exact)}

    def _errors(self, means: Means, exact: ExactSolution) -> dict[str, float]:
        """Return ‖ȳ − y*‖, and ‖z̄ − z*‖ where the method has z."""
        found = {"y_error": float(np.linalg.norm(means[1] - exact.y))}
        if "z" in self._variables:
            found["z_error"] = float(np.linalg.norm(means[self._variables.index("z")] - exact.z))
        return found


class OwnFigures(ExactFigures):
    """The figures of a network whose nodes have each a lower level of their own."""

    def __call__(self, point: Point, means: Means) -> dict[str, float]:
        """Return the figures on rank 0, none elsewhere; called by all ranks."""
        ranks, averaged = self._network.ranks, self._averaged
        exact = self._solve(means[0], point[1])
        assert exact is not None  # each rank has its nodes'
        errors = {"y_error": averaged.total((point[1] - exact.y) ** 2).sum()}  # Σ ‖y_i − y_i*‖²
        if "z" in self._variables:
            errors["z_error"] = averaged.total((point[self._variables.index("z")] - exact.z) ** 2).sum()
        own = [self._upper_losses(means[0], exact.y), *errors.values()]
        objective, *squares = ranks.total(np.array(own, dtype=np.float64)) / averaged.nodes
        if ranks.rank > 0:
            return {}
        roots = dict(zip(errors, np.sqrt(squares).tolist(), strict=True))
        return {"hyper_objective": float(objective), **self._norms(means[0], exact.hypergradient), **roots}
