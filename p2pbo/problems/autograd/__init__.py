"""Oracles by automatic differentiation with torch."""
