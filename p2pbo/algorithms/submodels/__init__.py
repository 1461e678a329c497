"""Submodels: the entries of x and y that each node works on, by its capacity and a policy, round by round."""

from p2pbo.algorithms.submodels.policy import POLICIES, Policy
from p2pbo.algorithms.submodels.submodels import WHOLE, RoundSubmodels, Submodels, WholeModels

__all__ = ["POLICIES", "WHOLE", "Policy", "RoundSubmodels", "Submodels", "WholeModels"]
