"""Tracked differences: the tracked hypergradient by differences of gradients, without second derivatives.

Dx = fx + hxy(z),  Dy = gy,  Dz = hyy(z) + fy          z* = −[∇²_yy g]⁻¹ fy

hyy(z) ≈ (gy(x, y + δz) − gy(x, y − δz))/2δ,  hxy(z) ≈ (gx(x, y + δz) − gx(x, y − δz))/2δ

δ = ε^{1/3} max(1, ‖y‖)/‖z‖, of each node and step; ε is the precision of the run. One ζ serves both sides. What is
left out is exact on quadratics to about ε^{2/3}, and of order δ² elsewhere; where z = 0 both products are 0.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np

from p2pbo.algorithms.parts import HYPERGRADIENTS, Hypergradient
from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.state import Point
from p2pbo.arrays import Rows
from p2pbo.problems import Batch, Oracles
from p2pbo.problems.node_data import Size


class BatchPair(NamedTuple):
    """The batches of one step: ξ for f, and one ζ for all gradients of g."""

    upper: Batch
    lower: Batch


@HYPERGRADIENTS.register("tracked-differences")
class TrackedDifferences(Hypergradient):
    """A third variable that follows the linear system's solution, by differences of gradients (Kong 2024)."""

    variables: ClassVar[str] = "xyz"
    second_derivatives: ClassVar[bool] = False
    lower_gradients: ClassVar[bool] = True

    def draw(self, sampler: Sampler, step: int, size: Size) -> BatchPair:
        """Return one ξ and one ζ for all oracles of the step."""
        (upper,), (lower,) = sampler.batches(step, size, upper=1, lower=1)
        return BatchPair(upper, lower)

    def directions(self, oracles: Oracles, point: Point, sample: BatchPair) -> tuple[Rows, Rows, Rows]:
        """Return (fx + hxy(z), gy, hyy(z) + fy), the products by differences."""
        X, Y, Z = point
        fx, fy = oracles.upper(X, Y, sample.upper)
        _, gy = oracles.lower_gradients(X, Y, sample.lower)
        delta = step_sizes(Y, Z)
        gx_ahead, gy_ahead = oracles.lower_gradients(X, Y + delta * Z, sample.lower)
        gx_behind, gy_behind = oracles.lower_gradients(X, Y - delta * Z, sample.lower)
        hxy, hyy = (gx_ahead - gx_behind) / (2 * delta), (gy_ahead - gy_behind) / (2 * delta)
        return fx + hxy, gy, hyy + fy


def step_sizes(Y: Rows, Z: Rows) -> Rows:
    """Return δ = ε^{1/3} max(1, ‖y‖)/‖z‖ of each node, hosted×1; 1 where z = 0, and both sides are the same."""
    norm_y, norm_z = (np.linalg.norm(V, axis=1, keepdims=True) for V in (Y, Z))
    distance = np.cbrt(np.finfo(Y.dtype).eps) * np.maximum(1, norm_y)
    return np.divide(distance, norm_z, out=np.ones_like(distance), where=norm_z > 0)
