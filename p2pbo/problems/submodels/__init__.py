"""Submodels: the slices of x and y that a node of limited capacity trains, and oracles on them."""
