"""Oracles on stacked rows, made of two torch losses by automatic differentiation."""
