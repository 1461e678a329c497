"""Problems: two losses, each node's data, and the oracles that algorithms ask for."""

from p2pbo.problems.closed_form import ClosedForm
from p2pbo.problems.context import PROBLEMS, ProblemContext
from p2pbo.problems.node_data import Batch, KeyedBatch, NodeData
from p2pbo.problems.oracles import Block, Lower, Oracles
from p2pbo.problems.parameter_slice import ParameterSlice, Submodel
from p2pbo.problems.point_oracles import PointOracles
from p2pbo.problems.problem import ExactSolution, LowerLevel, Problem
from p2pbo.problems.submodels.units import Units

__all__ = [
    "PROBLEMS",
    "Batch",
    "Block",
    "ClosedForm",
    "ExactSolution",
    "KeyedBatch",
    "Lower",
    "LowerLevel",
    "NodeData",
    "Oracles",
    "ParameterSlice",
    "PointOracles",
    "Problem",
    "ProblemContext",
    "Submodel",
    "Units",
]
