"""Mixing weights; a new rule is a file here with one registered function."""

from __future__ import annotations

from p2pbo.registry import Registry
from p2pbo.topology.edges import Reals

WEIGHTS: Registry[Reals] = Registry("weights", "p2pbo.topology.weights")
"""Functions ``(edges, /, *, options) -> (E,) w_ij`` of a connected graph's directed edges, the same both ways.

Self weights follow: w_ii = 1 − Σ_j w_ij makes every row, and by symmetry every column, sum to 1.
"""
