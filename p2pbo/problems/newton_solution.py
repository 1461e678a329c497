"""The exact y*, z* and ∇Φ of the network's average problem, by Newton's method and conjugate gradients.

At one x, with f̄ = (1/K) Σ f_i and ḡ = (1/K) Σ g_i as functions of y:

y*   ∇ḡ(y*) = 0:  y ← y − t p  with  ∇²ḡ(y) p = ∇ḡ(y),  t halved until ‖∇ḡ‖ falls
z*   = −[∇²ḡ(y*)]⁻¹ ∇_y f̄(y*)
∇Φ   = ∇ₓf̄(y*) + ∇ₓ⟨∇_y ḡ(y*), z*⟩

Where each node has a lower level of its own, y is the rows y_i of several nodes, one behind the other, and the Hessian
has a block for each: y_i*, z_i* of all of them come out of the same search, and their part of ∇Φ.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows, Vector
from p2pbo.problems.hessian_inverse import HessianInverse, NotFound
from p2pbo.problems.oracles import Oracles
from p2pbo.problems.problem import ExactSolution

TOLERANCE = 1e-10
"""‖∇ḡ(y*)‖ ≤ TOLERANCE · max(1, ‖∇ḡ(0)‖), and ‖∇²ḡ z* + ∇_y f̄‖ ≤ TOLERANCE · ‖∇_y f̄‖ by the recursion of CG."""

NEWTON_STEPS, HALVINGS = 50, 20
"""At most so many steps to y*, and lengths of each step; else nothing is found."""

Map = Callable[[Vector], Vector]
"""A map between flat rows."""

Counted = slice | NDArray[np.bool_]
"""Which of the hosted nodes an average counts, as an index of rows."""

EVERY = slice(None)


class LowerProblem(NamedTuple):
    """The average losses f̄ and ḡ at one x, or all nodes' own; hyy and hxy are taken at the y that ``gy`` was last at.

    Attributes:
        fx, fy: y ↦ ∇ₓf̄ (length dx) and ∇_y f̄ (length dy).
        gy: y ↦ ∇_y ḡ.
        hyy, hxy: v ↦ ∇²_yy ḡ v and ∇ₓ⟨∇_y ḡ, v⟩.
    """

    fx: Map
    fy: Map
    gy: Map
    hyy: Map
    hxy: Map

    @classmethod
    def average(cls, oracles: Oracles, x: Vector, nodes: int, counted: Counted = EVERY) -> LowerProblem:
        """Return the hosted nodes' contribution to the average over ``nodes`` nodes; ranks' contributions sum to it.

        ``counted``: which of the hosted nodes are among them.
        """
        hosted = len(oracles.lower_samples)

        def everywhere(y: Vector) -> Rows:
            return np.tile(y, (hosted, 1))

        def mean(rows: Rows) -> Vector:
            return rows[counted].sum(axis=0, dtype=np.float64) / nodes

        return cls._of(_HostedNodes(oracles, everywhere(x), everywhere, mean, mean))

    @classmethod
    def of_each(cls, oracles: Oracles, x: Vector, nodes: int, counted: Counted = EVERY) -> LowerProblem:
        """Return the hosted nodes' own problems; fx and hxy are their contributions to the average over ``nodes``.

        ``counted``: which of the hosted nodes are among them.
        """
        hosted = len(oracles.lower_samples)

        def rows_of(y: Vector) -> Rows:
            return y.reshape(hosted, -1)

        def mean(rows: Rows) -> Vector:
            return rows[counted].sum(axis=0, dtype=np.float64) / nodes

        return cls._of(_HostedNodes(oracles, np.tile(x, (hosted, 1)), rows_of, np.ravel, mean))

    @classmethod
    def _of(cls, hosted: _HostedNodes) -> LowerProblem:
        return cls(hosted.fx, hosted.fy, hosted.gy, hosted.hyy, hosted.hxy)


@dataclass
class _HostedNodes:
    """The hosted nodes at X: ``rows_of`` makes a flat y into a row for each, ``flat_y`` and ``flat_x`` go back."""

    oracles: Oracles
    X: Rows
    rows_of: Callable[[Vector], Rows]
    flat_y: Callable[[Rows], Vector]
    flat_x: Callable[[Rows], Vector]

    def fx(self, y: Vector) -> Vector:
        return self.flat_x(self.oracles.upper(self.X, self.rows_of(y), None)[0])

    def fy(self, y: Vector) -> Vector:
        return self.flat_y(self.oracles.upper(self.X, self.rows_of(y), None)[1])

    def gy(self, y: Vector) -> Vector:
        self._lower = self.oracles.lower(self.X, self.rows_of(y), None)
        return self.flat_y(self._lower.gy)

    def hyy(self, v: Vector) -> Vector:
        return self.flat_y(self._lower.hyy(self.rows_of(v)))

    def hxy(self, v: Vector) -> Vector:
        return self.flat_x(self._lower.hxy(self.rows_of(v)))


def newton_solution(problem: LowerProblem, start: Vector, blocks: int = 1) -> ExactSolution:
    """Return y*, z* and ∇Φ from a first guess at y*, else from 0; all NaN where they are not found.

    Logistic losses are flat far from their minimum, and curved near 0. See :data:`TOLERANCE`.
    ``blocks``: of the Hessian, one for each node with a lower problem of its own.
    """
    guesses = [start, np.zeros_like(start)] if start.any() else [start]
    for guess in guesses:
        with suppress(NotFound):
            return _solution(problem, HessianInverse(problem.hyy, start.size, blocks), guess)
    return ExactSolution(np.nan * start, np.nan * start, np.nan * problem.fx(start))


def _solution(problem: LowerProblem, inverse: HessianInverse, start: Vector) -> ExactSolution:
    y = _minimizer(problem, inverse, start)
    inverse.product(np.random.default_rng(0).standard_normal(y.size))  # else a maximum of ḡ and f̄ would pass
    z = -inverse.times(problem.fy(y), TOLERANCE)
    return ExactSolution(y, z, problem.fx(y) + problem.hxy(z))


def _minimizer(problem: LowerProblem, inverse: HessianInverse, start: Vector) -> Vector:
    """Return y*; the closer it is, the more exactly the Newton system is solved, so convergence is quadratic."""
    scale = max(1.0, _norm(problem.gy(np.zeros_like(start))))
    y, slope = start, problem.gy(start)
    for _ in range(NEWTON_STEPS):
        if _norm(slope) <= TOLERANCE * scale:
            return y
        p = inverse.times(slope, min(0.1, _norm(slope) / scale))
        y, slope = _downhill(problem, y, slope, p)
    raise NotFound


def _downhill(problem: LowerProblem, y: Vector, slope: Vector, p: Vector) -> tuple[Vector, Vector]:
    """Return (y − t p, ∇ḡ there) for the first t = 1, ½, ¼ … that makes ‖∇ḡ‖ smaller."""
    for t in 0.5 ** np.arange(HALVINGS):
        candidate = y - t * p
        there = problem.gy(candidate)
        if _norm(there) <= (1 - 1e-4 * t) * _norm(slope):
            return candidate, there
    raise NotFound


def _norm(v: Vector) -> float:
    return float(np.linalg.norm(v))
