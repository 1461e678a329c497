"""Comparisons of runs by what each spends to reach a target, as tables in several formats."""

from p2pbo.analysis.comparison.compare import COSTS, Comparison, compare_traces
from p2pbo.analysis.comparison.target import Target

__all__ = ["COSTS", "Comparison", "Target", "compare_traces"]
