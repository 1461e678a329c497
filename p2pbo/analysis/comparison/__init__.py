"""Comparisons of runs by what each spends to reach a target, and seed by seed, as tables in several formats."""

from p2pbo.analysis.comparison.compare import COSTS, Comparison, compare_traces, known_cost
from p2pbo.analysis.comparison.paired import (
    Figure,
    PairedComparison,
    compare_pairs,
    cost_figure,
    final_figure,
)
from p2pbo.trace.target import Target

__all__ = [
    "COSTS",
    "Comparison",
    "Figure",
    "PairedComparison",
    "Target",
    "compare_pairs",
    "compare_traces",
    "cost_figure",
    "final_figure",
    "known_cost",
]
