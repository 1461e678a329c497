"""How large a graph in a file may be: far beyond what a run can have, and small enough to be refused at once."""

from __future__ import annotations

MOST_NODES = 100_000
MOST_EDGES = 2_000_000
LONGEST_NAME = 1000
"""Characters of a node's name."""
