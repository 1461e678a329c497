"""Algorithms: update rules on stacked rows, as compositions hypergradient × estimator × mixing."""

from p2pbo.algorithms.algorithm import METHODS, Algorithm, Recipe
from p2pbo.algorithms.composed_algorithm import Composition
from p2pbo.algorithms.composition import PARTS, Method
from p2pbo.algorithms.run_context import Context
from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.state import State, Variable

__all__ = [
    "METHODS",
    "PARTS",
    "Algorithm",
    "Composition",
    "Context",
    "Method",
    "Recipe",
    "Sampler",
    "State",
    "Variable",
]
