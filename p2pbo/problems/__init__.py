"""Problems: two losses, each node's data, and the oracles that algorithms ask for."""

from p2pbo.problems.closed_form import ClosedForm
from p2pbo.problems.instance import PROBLEMS, Instance
from p2pbo.problems.losses import NodeData
from p2pbo.problems.oracles import Batch, Lower, Oracles, Rows
from p2pbo.problems.problem import Exact, Problem

__all__ = [
    "PROBLEMS",
    "Batch",
    "ClosedForm",
    "Exact",
    "Instance",
    "Lower",
    "NodeData",
    "Oracles",
    "Problem",
    "Rows",
]
