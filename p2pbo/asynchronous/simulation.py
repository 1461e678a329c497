"""An event-driven simulation of asynchronous nodes in one process: the same seed gives the same events.

Two kinds of events, by their time: a node has computed its estimate, settles its ledger, tells its neighbours and
moves; a message has come. Events of the same time keep the order in which they were planned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import count

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State, Variable
from p2pbo.asynchronous.links import AsynchronousLinks
from p2pbo.asynchronous.node import AsynchronousNode, Message
from p2pbo.asynchronous.node_edges import NodeEdges

ComputeSeconds = Callable[[int, int], float]
"""A function (step, node) → how many seconds the node computes in its step."""


class Simulation:
    """Nodes, links between them, and the events that are to come.

    Args:
        nodes: each with its start.
        edges: of each node.
        links: of all of them.
        targets: the node at which each directed edge ends, (E,).
        seconds: how long nodes compute.
    """

    def __init__(
        self,
        nodes: Sequence[AsynchronousNode],
        edges: Sequence[NodeEdges],
        links: AsynchronousLinks,
        targets: NDArray[np.int64],
        seconds: ComputeSeconds,
    ) -> None:
        self.nodes, self._edges, self._links, self._targets = nodes, edges, links, targets
        self._seconds = seconds
        self.now = 0.0
        self.steps = 0
        self.sent_bytes, self.sent_messages = np.zeros((2, len(targets)), dtype=np.int64)
        self._order = count()
        self._events: list[tuple[float, int, int, int, Message | None]] = []
        for node in range(len(nodes)):
            self._plan(self._seconds(0, node), node)

    def advance(self, steps: int) -> None:
        """Handle events until the nodes have taken so many steps altogether."""
        while self.steps < steps:
            self.handle()

    def handle(self) -> None:
        """Handle the next event."""
        self.now, _, node, edge, message = heappop(self._events)
        if edge < 0:
            self._step(node)
            return
        self._links.busy[edge] = False
        if message is not None:
            self.nodes[node].hear(edge, message)

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
    def node_steps(self) -> NDArray[np.int64]:
        """The steps of each node so far, (K,)."""
        return np.array([node.state.step for node in self.nodes])

    @property
    def ages(self) -> NDArray[np.float64]:
        """How many seconds ago the rows were sent that nodes have of their neighbours, of pairs that have talked."""
        return np.concatenate([node.ages(self.now) for node in self.nodes])

    @property
    def on_their_way(self) -> int:
        """The number of messages that have been sent and have not come, those that are lost among them."""
        return int(self._links.busy.sum())

    def _step(self, node: int) -> None:
        own = self.nodes[node]
        for edge, message in zip(self._edges[node].tells.tolist(), own.step(self.now), strict=True):
            arrival = self._links.send(edge, message.payload_bytes, self.now)
            if arrival is not None:
                self.sent_bytes[edge] += message.payload_bytes
                self.sent_messages[edge] += 1
                lost = self._links.loses(edge, message.stamp)
                self._plan(arrival, int(self._targets[edge]), edge, None if lost else message)
        self.steps += 1
        self._plan(self.now + self._seconds(own.state.step, node), node)

    def _plan(self, time: float, node: int, edge: int = -1, message: Message | None = None) -> None:
        heappush(self._events, (time, next(self._order), node, edge, message))
