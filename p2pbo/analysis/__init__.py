"""Tables and plots of traces; matplotlib and xarray are imported when they are first needed."""

from p2pbo.analysis.curves import X_AXES, draw, plot
from p2pbo.analysis.labels import labels
from p2pbo.analysis.summary import FinalValue, Summary, summary
from p2pbo.analysis.tables import facts_table, final_table

__all__ = [
    "X_AXES",
    "FinalValue",
    "Summary",
    "draw",
    "facts_table",
    "final_table",
    "labels",
    "plot",
    "summary",
]
