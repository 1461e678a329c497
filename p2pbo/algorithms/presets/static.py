"""Static submodels: each node trains the first units of every layer (HeteroFL: Diao 2021)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.presets.fedavg import FedAvg


@ALGORITHMS.register("static")
def static() -> CustomAlgorithm:
    """Static: single-level training of submodels that keep their units (Diao 2021; Li 2024's baseline)."""
    return CustomAlgorithm(FedAvg, paper="Diao et al. 2021", masks="static")
