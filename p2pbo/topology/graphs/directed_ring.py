"""The directed ring, with or without chords."""

from __future__ import annotations

from typing import Annotated

import networkx as nx
import numpy as np
from pydantic import Field

from p2pbo.topology.graphs import GRAPHS, directed_graph_from_edges


@GRAPHS.register("directed-ring", argument="chord")
def directed_ring(nodes: int, seed: int, /, *, chord: Annotated[int, Field(ge=1)] = 1) -> nx.DiGraph:
    """Every node sends to the next one and, with CHORD = c > 1, to the one c places ahead; nobody sends back.

    Args:
        chord: the places that the second edge of each node leaps; 1: there is none, and a long ring needs small steps.
    """
    node = np.arange(nodes)
    source = np.concatenate([node, node])
    target = np.concatenate([node + 1, node + chord]) % nodes
    return directed_graph_from_edges(nodes, source, target, vertex_transitive=True, layout="circle")
