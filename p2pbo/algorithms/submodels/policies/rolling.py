"""Rolling: a window that moves on by one unit a round, the same for all nodes of a capacity (FedRolex: Alam 2022)."""

from __future__ import annotations

from p2pbo.algorithms.submodels.policy import POLICIES, LayerContext, Policy, window
from p2pbo.arrays import IndexArray


@POLICIES.register("rolling")
class Rolling(Policy):
    """A window of units that moves on by one in every round (FedRolex)."""

    def choose(self, layer: LayerContext) -> IndexArray:
        """Return units q, q + 1, … modulo n in round q."""
        return window(layer.round, layer.kept, layer.units)
