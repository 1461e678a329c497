"""Layouts: the positions of the nodes and edges of a graph in a drawing."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np

from p2pbo.topology.edges import Edges, Integers, Reals

SPRING_NODES = 300
"""The most nodes of a spring layout; above it takes seconds and shows no more than a circle."""

_SAMPLE = 200


@dataclass(frozen=True, eq=False)
class GraphLayout:
    """The layout of a graph in the plane.

    Attributes:
        position: (K, 2) the position of every node.
        line: (S, 2, 2) the lines of the edges, from end to end.
        edge: (S,) the edge of each line; undirected edges (i, j) with i < j are numbered in their order.
        crossing: whether lines may cross, so that many of them hide one another.
    """

    position: Reals
    line: Reals
    edge: Integers
    crossing: bool

    @property
    def spacing(self) -> float:
        """The median distance of a node to its nearest one, as a share of the longer side of the drawing."""
        K = len(self.position)
        if K == 1:
            return 1.0
        some = self.position[:: 1 + K // _SAMPLE]
        apart = np.linalg.norm(some[:, None] - self.position, axis=2)
        nearest = np.partition(apart, 1, axis=1)[:, 1]  # the very nearest is the node itself
        return float(np.median(nearest) / np.ptp(self.position, axis=0).max())


def graph_layout(graph: nx.Graph) -> GraphLayout:
    """Return the layout of a graph by its attributes (see ``GRAPHS``), or by springs."""
    position, edges = positions(graph), Edges.of(graph)
    once = edges.source < edges.target
    line = np.stack([position[edges.source[once]], position[edges.target[once]]], axis=1)
    edge = np.arange(len(line))
    if graph.graph.get("layout") != "lattice":
        return GraphLayout(position, line, edge, crossing=True)
    return GraphLayout(position, *_cut_round_trips(line, edge), crossing=False)


def positions(graph: nx.Graph) -> Reals:
    """Return the positions of the nodes, K×2: longitudes and latitudes, the family's layout, or springs.

    Directed graphs are on a circle, where no third node lies on the way of an arrow.
    """
    K = graph.number_of_nodes()
    if all("longitude" in known and "latitude" in known for _, known in graph.nodes(data=True)):
        places = [(graph.nodes[i]["longitude"], graph.nodes[i]["latitude"]) for i in range(K)]
        east, north = np.array(places, dtype=np.float64).T
        return np.column_stack([east * np.cos(np.radians(north.mean())), north])  # as wide as it is there
    known = graph.graph.get("layout")
    if known == "lattice":
        row, column = np.divmod(np.arange(K), graph.graph["shape"][1])
        return np.column_stack([column, -row]).astype(np.float64)
    if known == "star":
        return np.concatenate([[[0.0, 0.0]], _circle(K - 1, 2 * np.pi)])
    if known == "arc":
        return _circle(K, 5 / 3 * np.pi)
    if known is None and K <= SPRING_NODES and not graph.is_directed():
        placed = nx.spring_layout(graph, seed=0, iterations=200)
        return np.array([placed[i] for i in range(K)])
    return _circle(K, 2 * np.pi)


def _circle(nodes: int, angle: float) -> Reals:
    """Return positions on a circle, clockwise; an ``angle`` below 2π leaves a gap at the bottom, 2π starts on top."""
    closed = angle == 2 * np.pi
    steps = nodes if closed else nodes - 1
    first = 0.0 if closed else -angle / 2
    turn = first + angle * np.arange(nodes) / max(1, steps)
    return np.column_stack([np.sin(turn), np.cos(turn)])


def _cut_round_trips(line: Reals, edge: Integers) -> tuple[Reals, Integers]:
    """Return the lines of a lattice, with the edges of a torus across its borders as a stub at each end."""
    step = line[:, 1] - line[:, 0]
    around = np.abs(step).max(axis=1) > 1
    stub = 0.45 * np.sign(step[around])
    first, last = line[around, 0], line[around, 1]
    stubs = [np.stack([first, first - stub], axis=1), np.stack([last, last + stub], axis=1)]
    return np.concatenate([line[~around], *stubs]), np.concatenate(
        [edge[~around], edge[around], edge[around]]
    )
