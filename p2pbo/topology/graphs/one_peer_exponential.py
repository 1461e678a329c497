"""The one-peer exponential graph (Assran et al. 2019, Ying et al. 2021): one edge of the exponential graph a round."""

from __future__ import annotations

from typing import Literal

import networkx as nx
import numpy as np

from p2pbo.topology.graph_rounds import union_of_rounds
from p2pbo.topology.graphs import GRAPHS, directed_graph_from_edges


@GRAPHS.register("one-peer-exponential", argument="order")
def one_peer_exponential(
    nodes: int, seed: int, /, *, order: Literal["cyclic", "random"] = "cyclic"
) -> nx.DiGraph:
    """Node i sends to i + 2^j (mod K) alone, j another one each round; the average is exact after log₂ K rounds.

    That is so where K is a power of two and j = 0, 1, 2, … in turn. R and C are both ½ (I + P_j), P_j the permutation.

    Args:
        order: of the rounds: cyclic, j in turn, or random, j drawn anew for each round.
    """
    node = np.arange(nodes)
    hops = [1 << j for j in range((nodes - 1).bit_length())] or [0]  # all powers of two below K
    graphs = [directed_graph_from_edges(nodes, node, (node + hop) % nodes) for hop in hops]
    return union_of_rounds(graphs, [f"hop {hop}" for hop in hops], order, layout="circle")
