"""The two-dimensional grid."""

from __future__ import annotations

import networkx as nx

from p2pbo.topology.graphs import GRAPHS, graph_of
from p2pbo.topology.lattice import Shape, lattice_edges, layout_of, shape_of


@GRAPHS.register("grid", argument="shape")
def grid(nodes: int, seed: int, /, *, shape: Shape | None = None) -> nx.Graph:
    """Rows and columns of lines, as near to a square as K allows, or grid:ROWSxCOLUMNS."""
    rows, columns = shape_of("grid", nodes, shape)
    source, target = lattice_edges(rows, columns, periodic=False)
    return graph_of(nodes, source, target, **layout_of(rows, columns, "arc"))
