"""The two-dimensional torus."""

from __future__ import annotations

import networkx as nx

from p2pbo.topology.graphs import GRAPHS, graph_from_edges
from p2pbo.topology.lattice import LatticeShape, lattice_edges, lattice_layout, lattice_shape


@GRAPHS.register("torus", argument="shape")
def torus(nodes: int, seed: int, /, *, shape: LatticeShape | None = None) -> nx.Graph:
    """Rows and columns of rings, as near to a square as K allows, or torus:ROWSxCOLUMNS.

    Args:
        shape: rows and columns, as in 4x8; by default as near to a square as K allows.
    """
    rows, columns = lattice_shape("torus", nodes, shape)
    source, target = lattice_edges(rows, columns, periodic=True)
    return graph_from_edges(
        nodes, source, target, vertex_transitive=True, **lattice_layout(rows, columns, "circle")
    )
