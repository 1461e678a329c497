"""The quadratic problem with f and g times a number each, and with a g of a given condition.

It is no shipped problem: a tool registers it for its own runs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from p2pbo.arrays import Rows, Vector
from p2pbo.problems.catalogue.quadratic import (
    Coefficients,
    QuadraticOracles,
    draw_coefficients,
    lower_loss,
    upper_loss,
)
from p2pbo.problems.context import ProblemContext
from p2pbo.problems.node_data import Batch
from p2pbo.problems.problem import ExactSolution, Problem
from p2pbo.problems.quadratics.draws import CoefficientDraws, Numbers
from p2pbo.randomness import generator

DIM_X, DIM_Y, SAMPLES = 10, 8, 64
Scale = Annotated[float, Field(gt=0)]


def curvature(seed: int, least: float, most: float) -> Numbers:
    """Return a symmetric matrix whose eigenvalues lie from ``least`` to ``most``, as far from each other by factors."""
    Q, _ = np.linalg.qr(generator(seed, "scaled quadratic").standard_normal((DIM_Y, DIM_Y)))
    return Q @ np.diag(np.geomspace(least, most, DIM_Y)) @ Q.T


def scaled_quadratic(
    context: ProblemContext,
    /,
    *,
    f: Scale = 1.0,
    g: Scale = 1.0,
    least: Scale | None = None,
    most: Scale | None = None,
) -> Problem:
    """Quadratic losses of unequal nodes, f and g times a number each.

    Args:
        f: the factor of f.
        g: the factor of g.
        least: the smallest curvature of g before its factor, and that of all nodes; unset: as in problem quadratic.
        most: the largest one.
    """
    held = draw_coefficients(CoefficientDraws(context, "quadratic", 1.0, SAMPLES, 0.1), DIM_X, DIM_Y)
    if least is not None and most is not None:
        held = replace(held, A=np.tile(curvature(context.seed, least, most), (context.nodes, 1, 1)))
    held = replace(held, A=g * held.A, B=g * held.B, b=g * held.b)

    def exact(x: Vector) -> ExactSolution:
        plain = held.exact(x)  # f times as large: z* and ∇Φ, which are linear in f
        return ExactSolution(plain.y, f * plain.z, f * plain.hypergradient)

    return Problem(
        lambda x, y, batch: f * upper_loss(x, y, batch),
        lower_loss,
        nodes=held.samples(),
        dim_x=DIM_X,
        dim_y=DIM_Y,
        oracles=lambda problem, nodes, dtype: ScaledOracles(held, nodes, dtype, f),
        lipschitz=held.lipschitz(),
        convexity=held.convexity(),
        exact=exact,
        name="scaled-quadratic",
    )


class ScaledOracles(QuadraticOracles):
    """The oracles of the quadratic problem, those of f times a number."""

    def __init__(self, held: Coefficients, nodes: range, dtype: np.dtype[Any], factor: float) -> None:
        super().__init__(held, nodes, dtype)
        self._factor = factor

    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return fx and fy times the factor."""
        fx, fy = super().upper(X, Y, batch)
        return self._factor * fx, self._factor * fy

    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, g_i), f_i times the factor."""
        f, g = super().losses(X, Y)
        return self._factor * f, g
