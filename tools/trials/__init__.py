"""The trials of tools/chaos.py: their plan, their execution, their checks, and the jobs that they start."""
