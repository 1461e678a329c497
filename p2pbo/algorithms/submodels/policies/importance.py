"""Importance: the units with the largest weights at the node, as they are now (FIARSE: Wu 2024; Li 2024 for RABO)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from p2pbo.algorithms.submodels.policy import POLICIES, LayerContext, Policy
from p2pbo.arrays import IndexArray


@POLICIES.register("importance")
class Importance(Policy):
    """The units of largest weight magnitude at the node; neighbours are told which, bit by bit (FIARSE)."""

    derivable: ClassVar[bool] = False

    def choose(self, layer: LayerContext) -> IndexArray:
        """Return the units with the largest Σ|w|; of equal ones the first."""
        assert layer.magnitudes is not None  # asked for: not derivable
        return np.sort(np.argsort(-layer.magnitudes, kind="stable")[: layer.kept])
