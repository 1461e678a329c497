"""Tracked hypergradient: a third variable z follows the solution of the linear system (He 2024, Zhang 2023).

Dx = fx + hxy(z),  Dy = gy,  Dz = hyy(z) + fy          z* = −[∇²_yy g]⁻¹ fy

Zhang 2023 writes z with the opposite sign: its z is −z here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from p2pbo.algorithms.parts import HYPERGRADIENTS, Hypergradient
from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.state import Point
from p2pbo.problems import Batch, Oracles, Rows


@dataclass(frozen=True)
class TrackedSample:
    """ξ for f and ζ for g."""

    upper: Batch
    lower: Batch


@HYPERGRADIENTS.register("tracked")
class Tracked(Hypergradient):
    """A third variable that follows the linear system's solution (He 2024, Zhang 2023)."""

    variables: ClassVar[str] = "xyz"

    def draw(self, sampler: Sampler, step: int, size: int | None) -> TrackedSample:
        """One ξ and one ζ for all oracles of the step."""
        (upper,), (lower,) = sampler.batches(step, size, upper=1, lower=1)
        return TrackedSample(upper, lower)

    def directions(self, oracles: Oracles, point: Point, sample: TrackedSample) -> tuple[Rows, Rows, Rows]:
        """(fx + hxy(z), gy, hyy(z) + fy); one vector-Jacobian product gives hyy(z) and hxy(z)."""
        X, Y, Z = point
        fx, fy = oracles.upper(X, Y, sample.upper)
        lower = oracles.lower(X, Y, sample.lower)
        hyy, hxy = lower.products(Z)
        return fx + hxy, lower.gy, hyy + fy
