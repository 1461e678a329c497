"""Where methods end on unequal nodes: at the solution, near it by a penalty, at a floor above it, at a biased point."""

from __future__ import annotations

from enum import StrEnum


class LimitPoint(StrEnum):
    """Where a method ends on unequal nodes, whatever the number of steps; on equal ones no floor is left."""

    SOLUTION = "the solution"
    FLOOR = "a floor of the nodes' heterogeneity, which shrinks with the step sizes"
    PENALTY = "a point O(1/λ) from the solution, by its penalty λ"
    PENALTY_FLOOR = "a point O(1/λ) from the solution, and a floor of the nodes' heterogeneity"
    BIASED = "a point biased by each node's own Hessian, whatever the step sizes"
    BIASED_FLOOR = "a point biased by each node's own Hessian, and a floor of the nodes' heterogeneity"
    SINGLE_LEVEL = "a minimum of one loss: it is no bilevel method"
