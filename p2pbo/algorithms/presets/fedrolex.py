"""FedRolex: each node trains a window of units that moves on in every round (Alam 2022)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import METHODS
from p2pbo.algorithms.custom_algorithm import Listing
from p2pbo.algorithms.presets.fedavg import FedAvg


@METHODS.register("fedrolex")
def fedrolex() -> Listing:
    """FedRolex: single-level training of submodels that roll over the model (Alam 2022; Li 2024's baseline)."""
    return Listing(FedAvg, paper="Alam et al. 2022", masks="rolling")
