"""Neumann hypergradient: the inverse Hessian as a truncated series, nothing carried between steps (Gao 2023).

Dx = fx − hxy(p),  Dy = gy,  p ≈ [∇²_yy g]⁻¹ fy,  H = ∇²_yy g,  L ≥ ‖H‖

sum            p = (1/L) Σ_{j=0}^{J−1} (I − H/L)^j fy
random         p = (J/L) Π_{j=1}^{J̃} (I − H(ζ_j)/L) fy,  J̃ uniform on {0 … J−1}: unbiased for ``sum``
random-paper   the same with J̃ uniform on {0 … J}, as printed in Gao 2023 (4): off by one, biased by J/(J+1) more
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from p2pbo.algorithms.local_hypergradient import LocalHypergradient, lipschitz_constant
from p2pbo.algorithms.parts import HYPERGRADIENTS, Positive
from p2pbo.algorithms.sampling import Sampler
from p2pbo.arrays import Rows
from p2pbo.problems import Batch, PointOracles, Problem
from p2pbo.problems.node_data import Size


@dataclass(frozen=True)
class NeumannSample:
    """The draws of one step: ξ for f, ζ for gy, ζ₀ for hxy, ζ_1 … for factors, and how many of them nodes take."""

    upper: Batch
    lower: Batch
    cross: Batch
    factors: list[Batch]
    depth: NDArray[np.int64]


@HYPERGRADIENTS.register("neumann")
class Neumann(LocalHypergradient):
    """Truncated Neumann series for the inverse Hessian (Gao 2023 (4)).

    Args:
        lipschitz: L, at least the Lipschitz constant of gy in y; by default the one that the problem knows.
        terms: J, the number of terms of the Neumann series.
        neumann: the whole sum, or a product of a drawn number of factors in its place.
        neumann_batches: a batch of its own for each factor, or one for all.
    """

    def __init__(
        self,
        problem: Problem,
        /,
        *,
        lipschitz: Positive | None = None,
        terms: Annotated[int, Field(ge=1)] = 10,
        neumann: Literal["sum", "random", "random-paper"] = "sum",
        neumann_batches: Literal["fresh", "shared"] = "fresh",
    ) -> None:
        self._L, self._J = lipschitz_constant(problem, lipschitz), terms
        self.sums = neumann == "sum"
        """Whether every node takes all factors."""
        self._most = terms if neumann == "random-paper" else terms - 1  # the longest product of factors
        self._full = np.array([self._most])
        self._fresh = neumann_batches == "fresh"

    def draw(self, sampler: Sampler, step: int, size: Size) -> NeumannSample:
        """Return one ξ and one ζ; for ζ₀, ζ_1, … fresh draws, or ζ again."""
        (upper,), (lower, *more) = sampler.batches(
            step, size, upper=1, lower=2 + self._most if self._fresh else 1
        )
        cross, *factors = more if self._fresh else [lower] * (1 + self._most)
        depth = self._full if self.sums else sampler.depths(step, self._most + 1)
        return NeumannSample(upper, lower, cross, factors[: int(depth.max())], depth)

    def hypergradient(self, at: PointOracles, sample: NeumannSample) -> Rows:
        """Return Dx = fx − hxy(p)."""
        fx, fy = at.upper(sample.upper)
        p = self._sum(fy, at, sample) if self.sums else self._product(fy, at, sample)
        return fx - at.lower(sample.cross).hxy(p)

    def _sum(self, fy: Rows, at: PointOracles, sample: NeumannSample) -> Rows:
        q = fy
        p = fy.copy()
        for batch in sample.factors:
            # q_j = (I − H(ζ_j)/L) q_{j−1}, in memory that is ours: hyy may give q itself
            step = at.lower(batch).hyy(q) / self._L
            q = np.subtract(q, step, out=step)
            p += q
        return p / self._L  # p = (1/L) Σ q_j

    def _product(self, fy: Rows, at: PointOracles, sample: NeumannSample) -> Rows:
        p = fy
        for j, batch in enumerate(sample.factors):
            further = (j < sample.depth)[:, None]
            p = np.where(further, p - at.lower(batch).hyy(p) / self._L, p)  # p ← (I − H(ζ_j)/L) p, J̃ times
        return self._J / self._L * p
