"""Hypergradients: one file each."""
