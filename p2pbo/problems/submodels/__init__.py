"""Submodels: losses on the parts of x and y that a node trains."""
