"""Algorithms: update rules on stacked rows, as compositions hypergradient × estimator × mixing."""

from p2pbo.algorithms.algorithm import ALGORITHMS, Algorithm, Preset
from p2pbo.algorithms.composed_algorithm import ComposedAlgorithm
from p2pbo.algorithms.composition import PARTS, Composition
from p2pbo.algorithms.custom_algorithm import CustomAlgorithm
from p2pbo.algorithms.run_context import RunContext
from p2pbo.algorithms.sampling import Sampler
from p2pbo.algorithms.state import State, Variable

__all__ = [
    "ALGORITHMS",
    "PARTS",
    "Algorithm",
    "ComposedAlgorithm",
    "Composition",
    "CustomAlgorithm",
    "Preset",
    "RunContext",
    "Sampler",
    "State",
    "Variable",
]
