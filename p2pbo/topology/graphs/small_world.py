"""Small-world graphs."""

from __future__ import annotations

from typing import Annotated

import networkx as nx
import numpy as np
from pydantic import BeforeValidator, Field

from p2pbo.errors import InputError
from p2pbo.randomness import generator
from p2pbo.topology.graphs import GRAPHS, graph_from_edges

_DRAWS = 100


def _two_values(text: object) -> object:
    values = text.split(":") if isinstance(text, str) else text
    if not isinstance(values, list | tuple) or len(values) != 2:
        raise ValueError("Write neighbours and probability, such as small-world:4:0.1")
    return values


Neighbours = Annotated[int, Field(ge=2, multiple_of=2)]
Probability = Annotated[float, Field(ge=0, le=1)]


@GRAPHS.register("small-world", argument="degree_p")
def small_world(
    nodes: int,
    seed: int,
    /,
    *,
    degree_p: Annotated[tuple[Neighbours, Probability], BeforeValidator(_two_values)] = (4, 0.1),
) -> nx.Graph:
    """A ring of k neighbours each, edges rewired with probability p (Watts, Strogatz 1998): small-world:4:0.1.

    Args:
        degree_p: k, the neighbours of a node, and p, the probability that an edge is rewired.

    Raises:
        InputError: K is too small, or no draw was connected.
    """
    k, p = degree_p
    if nodes == 1:
        return graph_from_edges(1, np.arange(0), np.arange(0))
    subject = f"topology small-world:{k}:{p:g}"
    if k >= nodes:
        cause = f"needs more than {k} nodes and got {nodes}"
        raise InputError(subject, cause, f"use --nodes {k + 1} or more")
    draw = int(generator(seed, "topology small-world").integers(2**32))
    try:
        drawn = nx.connected_watts_strogatz_graph(nodes, k, p, tries=_DRAWS, seed=draw)
    except nx.NetworkXError:
        cause = f"with {nodes} nodes was not connected in {_DRAWS} draws"
        raise InputError(subject, cause, f"use small-world:{k + 2}:{p:g} or a smaller p") from None
    source, target = np.array(sorted(drawn.edges)).T
    return graph_from_edges(nodes, source, target, drawn=True, layout="circle")
