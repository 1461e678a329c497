"""FIARSE: each node trains the units with the largest weights (Wu 2024), by whole units unless structure=entries."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.presets.fedavg import FedAvg


@ALGORITHMS.register("fiarse")
def fiarse() -> CustomAlgorithm:
    """FIARSE: single-level training of the most important submodels (Wu 2024; Li 2024's baseline)."""
    return CustomAlgorithm(FedAvg, paper="Wu et al. 2024", masks="importance")
