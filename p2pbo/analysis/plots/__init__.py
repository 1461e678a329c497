"""Plots: curves of runs, runs on their graphs, topologies and studies of them, all in one style."""

from p2pbo.analysis.plots.consensus import draw_consensus
from p2pbo.analysis.plots.curve_data import X_AXES
from p2pbo.analysis.plots.curves import draw_curves, plot_curves
from p2pbo.analysis.plots.traffic import draw_traffic

__all__ = ["X_AXES", "draw_consensus", "draw_curves", "draw_traffic", "plot_curves"]
