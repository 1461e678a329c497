"""Quadratic losses: coefficients drawn for every node, samples as tensors, products of stacked rows."""
