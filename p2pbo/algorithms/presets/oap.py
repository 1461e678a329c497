"""OAP: each node trains units drawn afresh in every round (Zhou 2024)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.presets.fedavg import FedAvg


@ALGORITHMS.register("oap")
def oap() -> CustomAlgorithm:
    """OAP: single-level training of submodels drawn in every round (Zhou 2024; Li 2024's baseline)."""
    return CustomAlgorithm(FedAvg, paper="Zhou et al. 2024", masks="random")
