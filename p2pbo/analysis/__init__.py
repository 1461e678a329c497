"""Tables, plots and reports of traces; matplotlib and xarray are imported when they are first needed."""

from typing import TYPE_CHECKING

from p2pbo.on_demand import imported_on_demand

if TYPE_CHECKING:
    from p2pbo.analysis.comparison import (
        COSTS,
        Comparison,
        Figure,
        PairedComparison,
        Target,
        compare_pairs,
        compare_traces,
        cost_figure,
        final_figure,
        known_cost,
    )
    from p2pbo.analysis.html_report import SweepPlan, write_report
    from p2pbo.analysis.labels import trace_labels
    from p2pbo.analysis.plots.consensus import draw_consensus
    from p2pbo.analysis.plots.curve_data import X_AXES
    from p2pbo.analysis.plots.curves import draw_curves, plot_curves
    from p2pbo.analysis.plots.traffic import draw_traffic
    from p2pbo.analysis.summary import FinalValue, Summary, summarize
    from p2pbo.analysis.tables import facts_table, final_table
else:
    __getattr__, __dir__ = imported_on_demand(__name__)

__all__ = [
    "COSTS",
    "X_AXES",
    "Comparison",
    "Figure",
    "FinalValue",
    "PairedComparison",
    "Summary",
    "SweepPlan",
    "Target",
    "compare_pairs",
    "compare_traces",
    "cost_figure",
    "draw_consensus",
    "draw_curves",
    "draw_traffic",
    "facts_table",
    "final_figure",
    "final_table",
    "known_cost",
    "plot_curves",
    "summarize",
    "trace_labels",
    "write_report",
]
