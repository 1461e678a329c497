"""Plots: curves of runs, runs on their graphs, topologies and studies of them, all in one style."""
