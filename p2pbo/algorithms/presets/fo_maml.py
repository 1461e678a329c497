"""First-order MAML over a graph: FedAvg on the loss after adaptation (Finn 2017)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.presets.fedavg import FedAvg


@ALGORITHMS.register("fo-maml")
def fo_maml() -> CustomAlgorithm:
    """First-order MAML: a start from which few steps adapt to a task, by FedAvg (Finn 2017; few-shot)."""
    return CustomAlgorithm(FedAvg, paper="Finn et al. 2017", variant="maml")
