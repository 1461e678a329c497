"""The two-dimensional torus."""

from __future__ import annotations

import networkx as nx

from p2pbo.topology.graphs import GRAPHS, graph_of
from p2pbo.topology.lattice import Shape, lattice_edges, layout_of, shape_of


@GRAPHS.register("torus", argument="shape")
def torus(nodes: int, seed: int, /, *, shape: Shape | None = None) -> nx.Graph:
    """Rows and columns of rings, as near to a square as K allows, or torus:ROWSxCOLUMNS."""
    rows, columns = shape_of("torus", nodes, shape)
    source, target = lattice_edges(rows, columns, periodic=True)
    return graph_of(nodes, source, target, vertex_transitive=True, **layout_of(rows, columns, "circle"))
