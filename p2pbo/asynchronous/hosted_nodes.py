"""The asynchronous nodes that one process hosts, and what all of them together show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from p2pbo.algorithms import State, Variable
from p2pbo.asynchronous.node import AsynchronousNode
from p2pbo.asynchronous.node_edges import Integers, NodeEdges, Reals


class HostedNodes:
    """Neighbouring nodes of a topology.

    Args:
        hosted: their numbers.
        nodes: each with its start.
        edges: of each.
    """

    def __init__(self, hosted: range, nodes: Sequence[AsynchronousNode], edges: Sequence[NodeEdges]) -> None:
        self.hosted, self.nodes, self.edges = hosted, nodes, edges

    def __getitem__(self, node: int) -> AsynchronousNode:
        return self.nodes[node - self.hosted.start]

    def tells(self, node: int) -> list[int]:
        """Return the directed edges over which a node tells its neighbours, as its messages are ordered."""
        return self.edges[node - self.hosted.start].tells.tolist()

    def hears(self, node: int) -> list[int]:
        """Return the directed edges over which a node hears its neighbours, as its ledger orders them."""
        return self.edges[node - self.hosted.start].hears.tolist()

    def state(self, step: int) -> State:
        """Return the state of all nodes, one below the other, as that of a step."""
        states = [node.state for node in self.nodes]
        letters = range(len(states[0].variables))
        variables = [[state.variables[v] for state in states] for v in letters]
        whole = tuple(
            Variable(np.concatenate([own.V for own in of]), np.concatenate([own.U for own in of]))
            for of in variables
        )
        return State(
            step, whole, tuple(np.concatenate([state.previous[v] for state in states]) for v in letters)
        )

    @property
    def steps(self) -> Integers:
        """The steps of each node so far, (nodes,)."""
        return np.array([node.state.step for node in self.nodes])

    def ages(self, now: float) -> Reals:
        """Return how long ago the oldest row was sent that each node has of a neighbour, (nodes,); 0: it has none."""
        return np.array([node.ledger.ages(now).max(initial=0.0) for node in self.nodes])
