"""Estimators of a direction: one file each."""
