"""Runs side by side: what each took to a target, as tables in several formats."""

from p2pbo.analysis.comparison.compare import COSTS, Comparison, compare
from p2pbo.analysis.comparison.target import Target

__all__ = ["COSTS", "Comparison", "Target", "compare"]
