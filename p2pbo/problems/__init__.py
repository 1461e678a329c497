"""Problems: two losses, each node's data, and the oracles that algorithms ask for."""

from p2pbo.problems.catalogue.context import PROBLEMS, Instance
from p2pbo.problems.closed_form import ClosedForm
from p2pbo.problems.losses import NodeData
from p2pbo.problems.oracles import Batch, Draw, Lower, Oracles, Rows
from p2pbo.problems.problem import Exact, Problem
from p2pbo.problems.submodels.parameter_slice import Cut, Submodel
from p2pbo.problems.submodels.units import Units

__all__ = [
    "PROBLEMS",
    "Batch",
    "ClosedForm",
    "Cut",
    "Draw",
    "Exact",
    "Instance",
    "Lower",
    "NodeData",
    "Oracles",
    "Problem",
    "Rows",
    "Submodel",
    "Units",
]
