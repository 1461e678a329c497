"""Cumulative norms of tracked directions, in the manner of AdaSDBO (arXiv 2510.24288); to compare ``adaptive`` with.

m_v = √M_v, M_v ← M_v + ‖T‖², used, then W M_v        T the tracker of v = x, y, z, of each node
y: c/m_y    z: c/max(m_y, m_z)    x: c/(m_x max(m_y, m_z))

The listing was not at hand; this is its rule on trackers. What a variable takes of others is as it was before the step:
x rests in the first one. M starts at 0, T₀ = W^B U₀ and a message holds M and R, as in
:mod:`~p2pbo.algorithms.schedules.adaptive`. It depends on units: with f times 100, or from a start 100 away, x all but
stands still.
"""

from __future__ import annotations

import numpy as np

from p2pbo.algorithms.schedules import SCHEDULES
from p2pbo.algorithms.step_rules import Measured, StepRule, over_root
from p2pbo.arrays import Rows


@SCHEDULES.register("adasdbo")
class CumulativeNorms(StepRule):
    """Steps by cumulative norms of tracked directions alone (in the manner of AdaSDBO), for comparison."""

    def size(self, measured: Measured) -> Rows:
        """Return 1/m_y, 1/max(m_y, m_z) or 1/(m_x max(m_y, m_z))."""
        M, others = measured.M, measured.others
        lower = [others[variable] for variable in "yz" if variable in others]
        match measured.variable:
            case "x" if lower:
                M = M * np.maximum.reduce(lower)
            case "z":
                M = np.maximum.reduce([M, *lower])
        return over_root(np.ones_like(M), M)
