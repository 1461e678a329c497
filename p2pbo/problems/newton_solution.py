"""The exact y*, z* and ∇Φ of the network's average problem, by Newton's method and conjugate gradients.

At one x, with f̄ = (1/K) Σ f_i and ḡ = (1/K) Σ g_i as functions of y:

y*   ∇ḡ(y*) = 0:  y ← y − t p  with  ∇²ḡ(y) p = ∇ḡ(y),  t halved until ‖∇ḡ‖ falls
z*   = −[∇²ḡ(y*)]⁻¹ ∇_y f̄(y*)
∇Φ   = ∇ₓf̄(y*) + ∇ₓ⟨∇_y ḡ(y*), z*⟩
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from p2pbo.arrays import Rows, Vector
from p2pbo.problems.oracles import Oracles
from p2pbo.problems.problem import ExactSolution

TOLERANCE = 1e-10
"""‖∇ḡ(y*)‖ ≤ TOLERANCE · max(1, ‖∇ḡ(0)‖), and ‖∇²ḡ z* + ∇_y f̄‖ ≤ TOLERANCE · ‖∇_y f̄‖ by the recursion of CG."""

NEWTON_STEPS, HALVINGS, PRODUCTS = 50, 20, 1000
"""At most so many steps to y*, lengths of each step, and products for each linear system; else nothing is found."""

Map = Callable[[Vector], Vector]
"""A map between flat rows."""


class AverageProblem(NamedTuple):
    """The average losses f̄ and ḡ at one x; hyy and hxy are taken at the y that ``gy`` was last asked for.

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
    def of(cls, oracles: Oracles, x: Vector, nodes: int) -> AverageProblem:
        """Return the hosted nodes' contribution to the average over ``nodes`` nodes; ranks' contributions sum to it."""
        part = _Contribution(oracles, x, nodes)
        return cls(part.fx, part.fy, part.gy, part.hyy, part.hxy)


class _Contribution:
    def __init__(self, oracles: Oracles, x: Vector, nodes: int) -> None:
        self._oracles, self._nodes = oracles, nodes
        self._hosted = len(oracles.lower_samples)
        self._X = self._everywhere(x)

    def fx(self, y: Vector) -> Vector:
        return self._mean(self._oracles.upper(self._X, self._everywhere(y), None)[0])

    def fy(self, y: Vector) -> Vector:
        return self._mean(self._oracles.upper(self._X, self._everywhere(y), None)[1])

    def gy(self, y: Vector) -> Vector:
        self._lower = self._oracles.lower(self._X, self._everywhere(y), None)
        return self._mean(self._lower.gy)

    def hyy(self, v: Vector) -> Vector:
        return self._mean(self._lower.hyy(self._everywhere(v)))

    def hxy(self, v: Vector) -> Vector:
        return self._mean(self._lower.hxy(self._everywhere(v)))

    def _everywhere(self, v: Vector) -> Rows:
        return np.tile(v, (self._hosted, 1))

    def _mean(self, rows: Rows) -> Vector:
        return rows.sum(axis=0, dtype=np.float64) / self._nodes


class NotFound(ArithmeticError):
    """No solution is found: the lower problem is not strongly convex, or rounding or a limit ends the search."""


def newton_solution(average: AverageProblem, start: Vector) -> ExactSolution:
    """Return y*, z* and ∇Φ from a first guess at y*; all NaN where they are not found (see :data:`TOLERANCE`)."""
    try:
        y = _minimizer(average, start)
        z = -_inverse_times(average.hyy, average.fy(y), TOLERANCE)
    except NotFound:
        return ExactSolution(np.nan * start, np.nan * start, np.nan * average.fx(start))
    return ExactSolution(y, z, average.fx(y) + average.hxy(z))


def _minimizer(average: AverageProblem, start: Vector) -> Vector:
    """Return y*; the closer it is, the more exactly the Newton system is solved, so convergence is quadratic."""
    scale = max(1.0, _norm(average.gy(np.zeros_like(start))))
    y, slope = start, average.gy(start)
    for _ in range(NEWTON_STEPS):
        if _norm(slope) <= TOLERANCE * scale:
            return y
        p = _inverse_times(average.hyy, slope, min(0.1, _norm(slope) / scale))
        y, slope = _downhill(average, y, slope, p)
    raise NotFound


def _downhill(average: AverageProblem, y: Vector, slope: Vector, p: Vector) -> tuple[Vector, Vector]:
    """Return (y − t p, ∇ḡ there) for the first t = 1, ½, ¼ … that makes ‖∇ḡ‖ smaller."""
    for t in 0.5 ** np.arange(HALVINGS):
        candidate = y - t * p
        there = average.gy(candidate)
        if _norm(there) <= (1 - 1e-4 * t) * _norm(slope):
            return candidate, there
    raise NotFound


def _inverse_times(product: Map, b: Vector, tolerance: float) -> Vector:
    """Return H⁻¹ b by conjugate gradients, to a residual of ``tolerance`` · ‖b‖."""
    from scipy.sparse.linalg import LinearOperator, cg

    def curved(v: Vector) -> Vector:
        Hv = product(v)
        if not v @ Hv > 0:  # along v, ḡ does not curve upwards
            raise NotFound
        return Hv

    operator = LinearOperator((b.size, b.size), matvec=curved, dtype=b.dtype)
    solution, failed = cg(operator, b, rtol=tolerance, maxiter=PRODUCTS)
    if failed:
        raise NotFound
    return solution


def _norm(v: Vector) -> float:
    return float(np.linalg.norm(v))
