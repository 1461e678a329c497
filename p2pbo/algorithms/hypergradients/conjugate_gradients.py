"""Conjugate gradients: p by some steps of CG on one batch's Hessian, from 0; nothing carried between steps.

Dx = fx − hxy(p),  Dy = gy,  p ≈ H⁻¹ fy,  H = ∇²_yy g(x, y; ζ)

Each step costs one product with H, as a term of a Neumann series does, but needs no Lipschitz constant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from p2pbo.algorithms.local_hypergradient import LocalHypergradient
from p2pbo.algorithms.parts import HYPERGRADIENTS
from p2pbo.algorithms.sampling import Sampler
from p2pbo.arrays import Rows
from p2pbo.problems import Batch, PointOracles, Problem
from p2pbo.problems.node_data import Size


@dataclass(frozen=True)
class BatchPair:
    """The batches of one step: ξ for f, and one ζ for gy, H and hxy."""

    upper: Batch
    lower: Batch


@HYPERGRADIENTS.register("cg")
class ConjugateGradients(LocalHypergradient):
    """The linear system by ``terms`` steps of conjugate gradients (RABO: Li 2024 (7)).

    Args:
        terms: steps of conjugate gradients.
    """

    def __init__(self, problem: Problem, /, *, terms: Annotated[int, Field(ge=1)] = 10) -> None:
        super().__init__(problem)
        self._terms = terms

    def draw(self, sampler: Sampler, step: int, size: Size) -> BatchPair:
        """Return one ξ and one ζ."""
        (upper,), (lower,) = sampler.batches(step, size, upper=1, lower=1)
        return BatchPair(upper, lower)

    def hypergradient(self, at: PointOracles, sample: BatchPair) -> Rows:
        """Return Dx = fx − hxy(p)."""
        fx, fy = at.upper(sample.upper)
        lower = at.lower(sample.lower)
        return fx - lower.hxy(solve(lower.hyy, fy, self._terms))


def solve(H: Callable[[Rows], Rows], b: Rows, steps: int) -> Rows:
    """Return p ≈ H⁻¹ b row by row, after so many steps of conjugate gradients; rows that are solved stay."""
    p, r = np.zeros_like(b), b
    d, rr = r, _squares(r)
    for _ in range(steps):
        Hd = H(d)
        alpha = _ratio(rr, (d * Hd).sum(axis=1, keepdims=True))
        p = p + alpha * d  # α = ⟨r, r⟩/⟨d, Hd⟩
        r = r - alpha * Hd
        before, rr = rr, _squares(r)
        d = r + _ratio(rr, before) * d  # the next direction is H-orthogonal to this one
    return p


def _squares(V: Rows) -> Rows:
    squares: Rows = (V**2).sum(axis=1, keepdims=True)
    return squares


def _ratio(a: Rows, b: Rows) -> Rows:
    """Return a/b, and 0 where b is 0: a solved row's residual."""
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)
