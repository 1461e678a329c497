"""OAP: each node trains units drawn afresh in every round (Zhou 2024)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import METHODS
from p2pbo.algorithms.custom_algorithm import Listing
from p2pbo.algorithms.presets.fedavg import FedAvg


@METHODS.register("oap")
def oap() -> Listing:
    """OAP: single-level training of submodels drawn in every round (Zhou 2024; Li 2024's baseline)."""
    return Listing(FedAvg, paper="Zhou et al. 2024", masks="random")
