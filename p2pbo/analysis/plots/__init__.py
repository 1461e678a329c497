"""Pictures: curves over runs, runs on their graphs, topologies and studies of them; styled once."""

from p2pbo.analysis.plots.consensus import draw_consensus
from p2pbo.analysis.plots.curve_data import X_AXES
from p2pbo.analysis.plots.curves import draw, plot
from p2pbo.analysis.plots.traffic import draw_traffic

__all__ = ["X_AXES", "draw", "draw_consensus", "draw_traffic", "plot"]
