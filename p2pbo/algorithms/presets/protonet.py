"""ProtoNet over a graph: FedAvg on prototypical networks' loss (Snell 2017)."""

from __future__ import annotations

from p2pbo.algorithms.algorithm import METHODS
from p2pbo.algorithms.custom_algorithm import Listing
from p2pbo.algorithms.presets.fedavg import FedAvg


@METHODS.register("protonet")
def protonet() -> Listing:
    """ProtoNet: representations whose class means tell characters apart, by FedAvg (Snell 2017; few-shot)."""
    return Listing(FedAvg, paper="Snell et al. 2017", variant="prototypes")
