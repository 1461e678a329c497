"""Random: other units for every node in every round (OAP: Zhou 2023)."""

from __future__ import annotations

import numpy as np

from p2pbo.algorithms.submodels.policy import POLICIES, LayerContext, Policy
from p2pbo.arrays import IndexArray
from p2pbo.randomness import keys, subsets


@POLICIES.register("random")
class Random(Policy):
    """Units drawn afresh for every node and round (OAP)."""

    def choose(self, layer: LayerContext) -> IndexArray:
        """Return a uniform subset, keyed by layer, round and node."""
        key = keys(layer.seed, f"submodel {layer.name}", layer.round, layer.node)
        return subsets(key, np.array([layer.units]), layer.kept)[0]
