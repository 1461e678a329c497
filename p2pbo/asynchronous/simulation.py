"""An event-driven simulation of asynchronous nodes in one process: the same seed gives the same events.

Two kinds of events, by their time: a node has computed its estimate, settles its ledger, tells its neighbours and
moves; a copy of a message has come, and the next one leaves. Events of the same time keep the order in which they were
planned.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

import numpy as np
from numpy.typing import NDArray

from p2pbo.asynchronous.hosted_nodes import HostedNodes
from p2pbo.asynchronous.message_faults import MessageFaults
from p2pbo.asynchronous.messages import Message
from p2pbo.asynchronous.simulated_links import SimulatedLinks

ComputeSeconds = Callable[[int, int], float]
"""A function (step, node) → how many seconds the node computes in its step."""


class Simulation:
    """Nodes, links between them, and the events that are to come.

    Args:
        nodes: all of them.
        links: of all of them.
        faults: of messages.
        targets: the node at which each directed edge ends, (E,).
        seconds: how long nodes compute.
    """

    def __init__(
        self,
        nodes: HostedNodes,
        links: SimulatedLinks,
        faults: MessageFaults,
        targets: NDArray[np.int64],
        seconds: ComputeSeconds,
    ) -> None:
        # fixed per run
        self._faults, self._targets, self._seconds = faults, targets, seconds
        # changes with every event
        self.nodes, self._links = nodes, links
        self.now = 0.0
        self.steps = 0
        self.finite = True
        self.sent_bytes, self.sent_messages = np.zeros((2, len(targets)), dtype=np.int64)
        self._order = count()
        self._events: list[tuple[float, int, int, int, int, Message | None]] = []
        for node in nodes.hosted:
            self._plan(self._seconds(0, node), node)

    def advance(self, steps: int) -> None:
        """Handle events until the nodes have taken so many steps altogether, or one is not finite any more."""
        while self.steps < steps and self.finite:
            self.handle()

    def handle(self) -> None:
        """Handle the next event."""
        self.now, _, node, edge, copy, message = heappop(self._events)
        if message is None:
            self._step(node)
        else:
            self._arrive(node, edge, copy, message)

    @property
    def on_their_way(self) -> int:
        """The number of messages that have been sent and have not come, those that are lost among them."""
        return int(self._links.busy.sum())

    def _step(self, node: int) -> None:
        own = self.nodes[node]
        own.estimate()
        for edge, message in zip(self.nodes.tells(node), own.settle(self.now), strict=True):
            self._send(edge, message)
        self.steps += 1
        self.finite = own.finite
        self._plan(self.now + self._seconds(own.state.step, node), node)

    def _send(self, edge: int, message: Message, copy: int = 0) -> None:
        """Send a copy of a message over an edge, if it is free."""
        arrival = self._links.send(edge, message.payload_bytes, self.now)
        if arrival is not None:
            self.sent_bytes[edge] += message.payload_bytes
            self.sent_messages[edge] += 1
            self._plan(arrival, int(self._targets[edge]), edge, copy, message)

    def _arrive(self, node: int, edge: int, copy: int, message: Message) -> None:
        """Let the node hear a copy, unless it is lost, and send the next one."""
        self._links.busy[edge] = False
        if not self._faults.loses(edge, message.stamp, copy):
            self.nodes[node].ledger.hear(edge, message, self.now)
        if copy + 1 < self._faults.copies(edge, message.stamp):
            self._send(edge, message, copy + 1)

    def _plan(
        self, time: float, node: int, edge: int = -1, copy: int = 0, message: Message | None = None
    ) -> None:
        heappush(self._events, (time, next(self._order), node, edge, copy, message))
