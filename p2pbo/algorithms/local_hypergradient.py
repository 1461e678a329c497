"""Hypergradients that each node computes alone: it solves its linear system afresh in every step.

Dx = fx − hxy(p),  Dy = gy,  p ≈ [∇²_yy g]⁻¹ fy
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from p2pbo.algorithms.parts import Hypergradient
from p2pbo.algorithms.state import Point
from p2pbo.arrays import Rows
from p2pbo.errors import InputError
from p2pbo.problems import Oracles, PointOracles, Problem


class LocalHypergradient(Hypergradient):
    """A hypergradient that carries no variable: Dx is :meth:`hypergradient`, and Dy = gy on the batch ``lower``."""

    @abstractmethod
    def hypergradient(self, at: PointOracles, sample: Any) -> Rows:
        """Return Dx, hosted×dx; that of submodels where the oracles are those of submodels."""

    def directions(self, oracles: Oracles, point: Point, sample: Any) -> tuple[Rows, Rows]:
        """Return (Dx, Dy) = (Dx, gy) at ``point``."""
        at = oracles.at(*point)
        gy = at.lower(sample.lower).gy
        return self.hypergradient(at, sample), gy


def lipschitz_constant(problem: Problem, given: float | None) -> float:
    """Return L of ∇_y g in y for a Neumann series: as given, else what the problem knows.

    Raises:
        InputError: neither is there.
    """
    L = given or problem.lipschitz
    if L is None:
        raise InputError(
            f"problem {problem.name}",
            "does not know its Lipschitz constant",
            "set lipschitz=L, on the command line --set algorithm.lipschitz=L",
        )
    return L
