"""Distance over gradients on tracked directions (in the manner of DoG, Ivgi et al. 2023): steps that need no tuning.

M ← M + ‖T‖², used, then W M        T the variable's tracker, of each node
R ← max(R, ‖s − s₀‖), the largest of a node's own and its neighbours'
step = c·R/√M                       in a message: M, R beside T

M starts at 0, R at 1e-4(1 + ‖s₀‖), and T₀ = W^B U₀, with B = 3/(1 − λ) rounds: unequal nodes would fill M for ever.
"""

from __future__ import annotations

from p2pbo.algorithms.schedules import SCHEDULES
from p2pbo.algorithms.step_rules import Measured, StepRule, over_root
from p2pbo.arrays import Rows


@SCHEDULES.register("adaptive")
class DistanceOverGradients(StepRule):
    """No step sizes to tune: distance over gradients on tracked directions, measured by every node."""

    def size(self, measured: Measured) -> Rows:
        """Return R/√M."""
        return over_root(measured.R, measured.M)
