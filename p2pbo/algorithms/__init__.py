"""Algorithms: update rules on stacked rows, as compositions hypergradient × estimator × mixing.

All equations of this room stack nodes by rows: X is K×dx, Y and Z are K×dy, row i is node i's, and W X is a round of
exact mixing. Papers that stack nodes in columns print its transpose, X W; W is symmetric.

V          any of X, Y, Z; V⁺ the next one, V_prev the one before; v_i its row i
D, U, T    directions (Dx, Dy, Dz); estimates of the expected ones; trackers, which follow the average of U
Π          projection: of z onto a ball, of x onto its bounds, where there are any
ξ, ζ       batches of upper and of lower samples
fx, fy, gy, hyy(v), hxy(v)    oracles, see :mod:`p2pbo.problems.oracles`;  ∘ multiplies entry by entry
"""

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
