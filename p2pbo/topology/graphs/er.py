"""Erdős–Rényi graphs."""

from __future__ import annotations

from typing import Annotated

import networkx as nx
import numpy as np
from pydantic import Field

from p2pbo.errors import InputError
from p2pbo.randomness import generator
from p2pbo.topology.graphs import GRAPHS, graph_from_edges

_DRAWS = 100


@GRAPHS.register("er", argument="p")
def er(nodes: int, seed: int, /, *, p: Annotated[float, Field(gt=0, le=1)]) -> nx.Graph:
    """Every pair of nodes is an edge with probability p (Erdős–Rényi), redrawn until connected.

    Args:
        p: probability of an edge.

    Raises:
        InputError: no draw was connected.
    """
    draw = generator(seed, "topology er")
    pairs = nodes * (nodes - 1) // 2
    for _ in range(_DRAWS):
        chosen = draw.choice(pairs, size=draw.binomial(pairs, p), replace=False) if pairs else np.arange(0)
        # Pair number j(j−1)/2 + i is the edge i – j with i < j.
        j = ((1 + np.sqrt(1 + 8 * chosen)) / 2).astype(np.int64)
        i = chosen - j * (j - 1) // 2
        if nodes > 1 and not np.bincount(np.concatenate([i, j]), minlength=nodes).all():
            continue  # a node without edges
        graph = graph_from_edges(nodes, i, j, drawn=True)
        if nx.is_connected(graph):
            return graph
    enough = min(1.0, 2 * np.log(nodes) / nodes)
    raise InputError(
        f"topology er:{p:g}",
        f"with {nodes} nodes was not connected in {_DRAWS} draws",
        f"use a larger p, such as er:{enough:.2g}, or another topology",
    )
