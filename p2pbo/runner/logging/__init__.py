"""Metrics of logged steps, and the logger that writes them on rank 0."""
