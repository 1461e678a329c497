"""The two-dimensional grid."""

from __future__ import annotations

import networkx as nx

from p2pbo.topology.graphs import GRAPHS, graph_from_edges
from p2pbo.topology.lattice import LatticeShape, lattice_edges, lattice_layout, lattice_shape


@GRAPHS.register("grid", argument="shape")
def grid(nodes: int, seed: int, /, *, shape: LatticeShape | None = None) -> nx.Graph:
    """Rows and columns of lines, as near to a square as K allows, or grid:ROWSxCOLUMNS.

    Args:
        shape: rows and columns, as in 4x8; by default as near to a square as K allows.
    """
    rows, columns = lattice_shape("grid", nodes, shape)
    source, target = lattice_edges(rows, columns, periodic=False)
    return graph_from_edges(nodes, source, target, **lattice_layout(rows, columns, "arc"))
