"""Sweeps: the points that are missing, the folder that holds them, and Slurm arrays."""
