"""Tracked hypergradient: a third variable z follows the solution of the linear system (He 2024, Zhang 2023).

Dx = fx + hxy(z),  Dy = gy,  Dz = hyy(z) + fy          z* = −[∇²_yy g]⁻¹ fy

Zhang 2023 writes z with the opposite sign: its z is −z here. With R > 1 each direction is the mean of R fresh batches'
(He 2024's multi-step compression).
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from p2pbo.algorithms.parts import HYPERGRADIENTS, Hypergradient
from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.state import Point
from p2pbo.arrays import Rows
from p2pbo.problems import Batch, Oracles, PointOracles, Problem
from p2pbo.problems.node_data import Size

TrackedSample = list[tuple[Batch, Batch]]
"""The batches of one step: R pairs of ξ for f and ζ for g."""


@HYPERGRADIENTS.register("tracked")
class Tracked(Hypergradient):
    """A third variable that follows the linear system's solution (He 2024, Zhang 2023).

    Args:
        rounds: R, the batches that a direction is averaged over, and the rounds of multi-step compression.
    """

    variables: ClassVar[str] = "xyz"

    def __init__(self, problem: Problem, /, *, rounds: Annotated[int, Field(ge=1)] = 1) -> None:
        super().__init__(problem)
        self._rounds = rounds

    def draw(self, sampler: Sampler, step: int, size: Size) -> TrackedSample:
        """Return one ξ and one ζ for all oracles of the step, R times."""
        return list(zip(*sampler.batches(step, size, upper=self._rounds, lower=self._rounds), strict=True))

    def directions(self, oracles: Oracles, point: Point, sample: TrackedSample) -> tuple[Rows, Rows, Rows]:
        """Return (fx + hxy(z), gy, hyy(z) + fy), the mean over the samples."""
        X, Y, Z = point
        at = oracles.at(X, Y)
        first, *more = (self._of(at, Z, *batches) for batches in sample)
        if not more:
            return first
        Dx, Dy, Dz = (sum(same) / len(sample) for same in zip(first, *more, strict=True))
        return Dx, Dy, Dz

    @staticmethod
    def _of(at: PointOracles, Z: Rows, upper: Batch, lower: Batch) -> tuple[Rows, Rows, Rows]:
        """Return the directions on one pair of batches; one vector-Jacobian product gives hyy(z) and hxy(z)."""
        fx, fy = at.upper(upper)
        of_lower = at.lower(lower)
        hyy, hxy = of_lower.products(Z)
        return fx + hxy, of_lower.gy, hyy + fy
