"""Mixing weights that are stored in a graph: the edge attribute ``mixing_weight``, as ``--save`` writes it."""

from __future__ import annotations

import math
from reprlib import repr as shortened
from typing import Any

import networkx as nx
import numpy as np

from p2pbo.errors import InputError
from p2pbo.topology.edges import Edges, Reals

MIXING_WEIGHT = "mixing_weight"

FILE = "file"
"""The name of the weights that a file stores with its edges."""

_REMEDY = "give every edge one, or say --weights metropolis"


def describe_weights(weighting: str) -> str:
    """Return the weighting in words: ``metropolis weights``, or the file's own."""
    return f"the file's own weights ({MIXING_WEIGHT})" if weighting == FILE else f"{weighting} weights"


def has_stored_weights(graph: nx.Graph) -> bool:
    """Tell whether any edge of a graph has a mixing weight."""
    return any(MIXING_WEIGHT in held for *_, held in graph.edges(data=True))


def stored_weights(subject: str, graph: nx.Graph, edges: Edges) -> Reals:
    """Return the weights (E,) that ``graph``, whose nodes are 0 … K−1, stores with its directed edges.

    Raises:
        InputError: an edge has no weight, or one that is not a finite number; the message names it.
    """

    def weight(i: int, j: int) -> float:
        held = graph.edges[i, j]
        if MIXING_WEIGHT not in held:
            raise InputError(f"{subject}: {edges.edge_name(i, j)}", f"has no {MIXING_WEIGHT}", _REMEDY)
        number = _number(held[MIXING_WEIGHT])
        if not math.isfinite(number):
            cause = f"has the {MIXING_WEIGHT} {shortened(held[MIXING_WEIGHT])}"
            raise InputError(f"{subject}: {edges.edge_name(i, j)}", cause, _REMEDY)
        return number

    ends = zip(edges.source.tolist(), edges.target.tolist(), strict=True)
    return np.array([weight(i, j) for i, j in ends], dtype=np.float64)


def _number(value: Any) -> float:
    try:
        return math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
