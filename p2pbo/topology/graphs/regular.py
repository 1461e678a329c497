"""Random regular graphs."""

from __future__ import annotations

from typing import Annotated

import networkx as nx
import numpy as np
from pydantic import Field

from p2pbo.errors import InputError
from p2pbo.randomness import generator
from p2pbo.topology.graphs import GRAPHS, graph_from_edges

_DRAWS = 100


@GRAPHS.register("regular", argument="d")
def regular(nodes: int, seed: int, /, *, d: Annotated[int, Field(ge=1)]) -> nx.Graph:
    """A random graph in which every node has d neighbours (Steger, Wormald 1999), redrawn until connected.

    Args:
        d: neighbours of each node.

    Raises:
        InputError: there is no such graph, or no draw was connected.
    """
    if nodes == 1:
        return graph_from_edges(1, np.arange(0), np.arange(0))
    subject = f"topology regular:{d}"
    if d >= nodes:
        cause = f"needs more than {d} nodes and got {nodes}"
        raise InputError(subject, cause, f"use regular:{nodes - 1} at most")
    if d * nodes % 2:
        remedy = f"use --nodes {nodes + 1} or regular:{d + 1 if d + 1 < nodes else d - 1}"
        raise InputError(subject, f"cannot have {nodes} nodes, d·K being odd", remedy)
    if d == 1 and nodes > 2:
        raise InputError(subject, f"cannot connect {nodes} nodes", "use regular:2 or more")
    draw = generator(seed, "topology regular")
    # Dense graphs are drawn by their complement: the last nodes to be paired up would all be neighbours already.
    dense = 2 * d >= nodes
    for _ in range(_DRAWS):
        drawn = nx.random_regular_graph(nodes - 1 - d if dense else d, nodes, seed=int(draw.integers(2**32)))
        drawn = nx.complement(drawn) if dense else drawn
        if nx.is_connected(drawn):
            source, target = np.array(sorted(drawn.edges)).T
            return graph_from_edges(nodes, source, target, drawn=True)
    raise InputError(subject, f"with {nodes} nodes was not connected in {_DRAWS} draws", "use a larger d")
