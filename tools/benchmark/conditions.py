"""Conditions: what cells are run under besides their case. The plain ones are topologies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GRAPHS = Path(__file__).parent
"""The folder of graph files."""

SLOW_RING = f"{GRAPHS / 'slow-node.graphml'}"
"""The ring, whose node 0 computes ten times slower."""


@dataclass(frozen=True)
class Condition:
    """What a cell is run under.

    Attributes:
        name: in files and on pages.
        topology: of the nodes.
        changes: the fields that are different, besides.
        patience: how many times the steps of its case a run may take.
    """

    name: str
    topology: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    patience: int = 1


def on(topology: str) -> Condition:
    """Return the plain condition: a topology, and nothing else."""
    return Condition(topology, topology)
