"""Penalty: a third variable u next to y stands for the derivatives of y*, and no second derivatives are asked for.

y → argmin g(x, ·),  u → argmin f(x, ·)/λ + g(x, ·)

Dx = fx(x, u) + λ (gx(x, u) − gx(x, y)),  Dy = gy(x, y),  Du = gy(x, u) + fy(x, u)/λ

Where y and u are at their ends, Dx is ∇Φ up to O(1/λ). One ζ serves all four gradients of g, and u moves as y does, by
the same parts and the same step: then λ(u − y) follows a recursion without λ, and no step need fall as λ grows. With
other steps, or batches of their own, what y and u do apart is multiplied by λ.

λ_t = min(λ₀ (1 + t/τ)^p, λ_max)          in step t; rounding alone makes Dx wrong by ε λ ‖gx‖
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from p2pbo.algorithms.parts import HYPERGRADIENTS, Hypergradient, Positive
from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.state import Point
from p2pbo.arrays import Rows
from p2pbo.errors import InputError
from p2pbo.problems import Batch, Oracles, Problem
from p2pbo.problems.node_data import Size

LARGEST = {"float32": 300.0, "float64": 1e5}
"""λ_max by the precision of rows, unless it is set: rounding is then 3e-5 and 2e-11 of ‖gx‖."""


@dataclass(frozen=True)
class PenaltySample:
    """The choices of one step: ξ for f, one ζ for all gradients of g, and the step t, which says λ."""

    upper: Batch
    lower: Batch
    step: int


@HYPERGRADIENTS.register("penalty")
class Penalty(Hypergradient):
    """A penalty on the distance of a third variable to y: first derivatives only (Kwon 2023, Wang 2024).

    Args:
        penalty: λ₀, how much g weighs against f; the hypergradient is off by O(1/λ).
        penalty_growth: p; λ grows as (1 + t/τ)^p; 0: it stays.
        penalty_period: τ, the steps after which λ has grown by 2^p.
        penalty_max: the largest λ; auto: 300 in single, 1e5 in double precision.
    """

    variables: ClassVar[str] = "xyu"
    moves_as: ClassVar[Mapping[str, str]] = MappingProxyType({"u": "y"})
    second_derivatives: ClassVar[bool] = False
    lower_gradients: ClassVar[bool] = True

    def __init__(
        self,
        problem: Problem,
        /,
        *,
        penalty: Positive = 100.0,
        penalty_growth: Annotated[float, Field(ge=0, le=1)] = 0.0,
        penalty_period: Positive = 100.0,
        penalty_max: Positive | Literal["auto"] = "auto",
    ) -> None:
        super().__init__(problem)
        self._start, self._growth, self._period = penalty, penalty_growth, penalty_period
        self._largest = penalty_max

    def check_precision(self, dtype: np.dtype[Any]) -> None:
        """Check that λ₀ is not above its cap.

        Raises:
            InputError: it is.
        """
        largest = self._cap(dtype)
        if self._start > largest:
            where = f" in {dtype}" if self._largest == "auto" else ""
            cause = f"is above penalty_max = {largest:g}{where}"
            raise InputError(f"penalty = {self._start:g}", cause, "lower penalty, or raise penalty_max")

    def amplification(self, dtype: np.dtype[Any]) -> float:
        """Return the largest λ that a run may come to."""
        return self._cap(dtype) if self._growth else self._start

    def draw(self, sampler: Sampler, step: int, size: Size) -> PenaltySample:
        """Return one ξ and one ζ for all oracles of the step."""
        (upper,), (lower,) = sampler.batches(step, size, upper=1, lower=1)
        return PenaltySample(upper, lower, step)

    def looking_back(self, sample: PenaltySample) -> PenaltySample:
        """Return the sample with the λ of the step before."""
        return replace(sample, step=sample.step - 1)

    def directions(self, oracles: Oracles, point: Point, sample: PenaltySample) -> tuple[Rows, Rows, Rows]:
        """Return (fx(x,u) + λ(gx(x,u) − gx(x,y)), gy(x,y), gy(x,u) + fy(x,u)/λ)."""
        X, Y, U = point
        penalty = self._penalty(sample.step, X.dtype)
        fx, fy = oracles.upper(X, U, sample.upper)
        gx_y, gy_y = oracles.lower_gradients(X, Y, sample.lower)
        gx_u, gy_u = oracles.lower_gradients(X, U, sample.lower)
        return fx + penalty * (gx_u - gx_y), gy_y, gy_u + fy / penalty

    def _penalty(self, step: int, dtype: np.dtype[Any]) -> float:
        grown = self._start * (1 + step / self._period) ** self._growth  # λ₀ (1 + t/τ)^p
        return min(grown, self._cap(dtype))

    def _cap(self, dtype: np.dtype[Any]) -> float:
        return LARGEST[dtype.name] if self._largest == "auto" else self._largest
