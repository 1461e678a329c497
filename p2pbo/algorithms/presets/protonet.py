"""ProtoNet over a graph: FedAvg on prototypical networks' loss (Snell 2017)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import ALGORITHMS
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.presets.fedavg import FedAvg


@ALGORITHMS.register("protonet")
def protonet() -> CustomAlgorithm:
    """ProtoNet: representations whose class means tell characters apart, by FedAvg (Snell 2017; few-shot)."""
    return CustomAlgorithm(FedAvg, paper="Snell et al. 2017", variant="prototypes")
