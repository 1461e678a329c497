"""Random: other units for every node in every round (OAP: Zhou 2024)."""

from __future__ import annotations

import numpy as np

from p2pbo.algorithms.submodels.policy import POLICIES, LayerContext, Policy
from p2pbo.arrays import IndexArray
from p2pbo.randomness import keys, subsets


@POLICIES.register("random")
class Random(Policy):
    """Units drawn afresh for every node and round (OAP)."""

    def choose(self, choice: LayerContext) -> IndexArray:
        """Return a uniform subset, keyed by layer, round and node."""
        key = keys(choice.seed, f"submodel {choice.layer}", choice.round, choice.node)
        return subsets(key, np.array([choice.units]), choice.kept)[0]
