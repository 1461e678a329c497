"""Tables and plots of traces; matplotlib and xarray are imported when they are first needed."""

from p2pbo.analysis.comparison import COSTS, Comparison, Target, compare
from p2pbo.analysis.html_report import Asked, report
from p2pbo.analysis.labels import labels
from p2pbo.analysis.plots import X_AXES, draw, draw_consensus, draw_traffic, plot
from p2pbo.analysis.summary import FinalValue, Summary, summary
from p2pbo.analysis.tables import facts_table, final_table

__all__ = [
    "COSTS",
    "X_AXES",
    "Asked",
    "Comparison",
    "FinalValue",
    "Summary",
    "Target",
    "compare",
    "draw",
    "draw_consensus",
    "draw_traffic",
    "facts_table",
    "final_table",
    "labels",
    "plot",
    "report",
    "summary",
]
