"""The version of p2pbo, for packages, traces and checkpoints alike.

It stands here, not in what was installed, so that it belongs to the formulas that are run: another number where these
give other numbers (see ``p2pbo/trace/formula_changes.py``).
"""

VERSION = "0.3.0"
