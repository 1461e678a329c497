"""Tables, plots and reports of traces; matplotlib and xarray are imported when they are first needed."""

from p2pbo.analysis.comparison import COSTS, Comparison, Target, compare_traces
from p2pbo.analysis.html_report import SweepPlan, write_report
from p2pbo.analysis.labels import trace_labels
from p2pbo.analysis.plots import X_AXES, draw_consensus, draw_curves, draw_traffic, plot_curves
from p2pbo.analysis.summary import FinalValue, Summary, summarize
from p2pbo.analysis.tables import facts_table, final_table

__all__ = [
    "COSTS",
    "X_AXES",
    "Comparison",
    "FinalValue",
    "Summary",
    "SweepPlan",
    "Target",
    "compare_traces",
    "draw_consensus",
    "draw_curves",
    "draw_traffic",
    "facts_table",
    "final_table",
    "plot_curves",
    "summarize",
    "trace_labels",
    "write_report",
]
