"""Π: for the variable that solves the linear system Π_ρ, onto the ball of radius ρ around 0; for x onto its bounds.

‖z*‖ = ‖[∇²_yy g]⁻¹ ∇_y f‖ ≤ c_fy/μ, so that a ball of that radius excludes no solution (Zhang 2023; He 2024's Clip), as
long as g is μ-strongly convex; where μ depends on x the problem knows that of the start (``Problem.convexity``).

x is projected onto the bounds that the problem has for it, if any (``Problem.bounds``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from p2pbo.arrays import Rows
from p2pbo.problems import Problem

Projection = Callable[[Rows], Rows]

Radius = Literal["auto", "off"] | Annotated[float, Field(gt=0, allow_inf_nan=False)]
"""ρ; "auto": c_fy/μ where the problem knows both, else no projection."""


def no_projection(V: Rows) -> Rows:
    """Return V as it is: no projection."""
    return V


def onto_bounds(problem: Problem) -> Projection:
    """Return the projection of x onto the problem's bounds, where it has any."""
    return no_projection if problem.bounds is None else problem.bounds.project


def ball(radius: float) -> Projection:
    """Return the projection of each row onto the ball: v ↦ v · min(1, ρ/‖v‖)."""
    surely_inside = 0.5 * radius * radius  # for the sum of all squares, whatever its rounding

    def project(V: Rows) -> Rows:
        if np.vdot(V, V) < surely_inside:
            return V
        norm = np.linalg.norm(V, axis=1, keepdims=True)
        return V * (radius / np.maximum(norm, radius)).astype(V.dtype) if (norm > radius).any() else V

    return project


def onto_ball(radius: Radius, problem: Problem) -> Projection:
    """Return the projection onto the ball of the given radius, or of the one that the problem knows."""
    if radius == "off":
        return no_projection
    if radius != "auto":
        return ball(radius)
    if problem.slope is None or problem.convexity is None:
        return no_projection
    return ball(problem.slope / problem.convexity)
