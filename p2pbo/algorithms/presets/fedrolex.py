"""FedRolex: each node trains a window of units that moves on in every round (Alam 2022)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.presets.fedavg import FedAvg


@ALGORITHMS.register("fedrolex")
def fedrolex() -> CustomAlgorithm:
    """FedRolex: single-level training of submodels that roll over the model (Alam 2022; Li 2024's baseline)."""
    return CustomAlgorithm(FedAvg, paper="Alam et al. 2022", masks="rolling")
