"""An event-driven simulation of asynchronous nodes in one process: the same seed gives the same events.

Two kinds of events, by their time: a node has computed its estimate, settles its ledger, tells its neighbours and
moves; a copy of a message has come, and the next one leaves. Events of the same time keep the order in which they were
planned.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State
from p2pbo.asynchronous.checkpointing import node_rows, restore_nodes
from p2pbo.asynchronous.events import Events
from p2pbo.asynchronous.failures import Failures
from p2pbo.asynchronous.hosted_nodes import HostedNodes
from p2pbo.asynchronous.message_faults import MessageFaults
from p2pbo.asynchronous.messages import Message
from p2pbo.asynchronous.node_edges import Reals
from p2pbo.asynchronous.simulated_links import SimulatedLinks
from p2pbo.network import CheckpointRows
from p2pbo.network.checkpointing import ReadRows

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
        failures: of nodes and edges; None: there are none.
        starts: when each node begins, (K,); None: all at once.

    Attributes:
        now: the time of the last event.
        steps: of all nodes together.
        finite: whether the state of the node that has stepped last is.
        sent_bytes, sent_messages: over each directed edge.
        crossed: (bytes, messages) that went to other processes: none.
    """

    def __init__(
        self,
        nodes: HostedNodes,
        links: SimulatedLinks,
        faults: MessageFaults,
        targets: NDArray[np.int64],
        seconds: ComputeSeconds,
        failures: Failures | None = None,
        starts: Reals | None = None,
    ) -> None:
        # fixed per run
        self._faults, self._targets, self._seconds = faults, targets, seconds
        self._failures = failures or Failures.never(len(nodes.nodes), len(targets))
        # changes with every event
        self.nodes, self._links = nodes, links
        self.now = 0.0
        self.steps = 0
        self.finite = True
        self.sent_bytes, self.sent_messages = np.zeros((2, len(targets)), dtype=np.int64)
        self.crossed = np.zeros(2, dtype=np.int64)
        self._events = Events()
        for node, start in enumerate(np.zeros(len(nodes.nodes)) if starts is None else starts.tolist()):
            self._plan_step(node, start)

    def advance(self, steps: int) -> None:
        """Handle events until the nodes have taken so many steps altogether, or one is not finite any more."""
        while self.steps < steps and self.finite:
            self.handle()

    def handle(self) -> None:
        """Handle the next event."""
        self.now, _, node, edge, copy, message = self._events.next()
        if message is None:
            self._step(node)
        else:
            self._arrive(node, edge, copy, message)

    @property
    def living(self) -> NDArray[np.bool_]:
        """Whether each node has not failed."""
        return self.now < self._failures.nodes

    @property
    def on_their_way(self) -> int:
        """The number of messages that have been sent and have not come, those that are lost among them."""
        return int(self._links.busy.sum())

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return what the next events depend on, beside the nodes' states and the time."""
        first, nodes = self.nodes.nodes[0], len(self.nodes.nodes)
        dtype = first.state.point[0].dtype
        events = self._events.checkpoint_rows(nodes, len(self._targets), first.width, dtype)
        return [*node_rows(self.nodes), *self._links.checkpoint_rows(), *events]

    def restore(self, state: State, now: float, read: ReadRows) -> None:
        """Go on from a checkpoint, which has all that is on its way: the next events are those that would have come."""
        restore_nodes(self.nodes, state, read)
        for rows in self._links.checkpoint_rows():
            rows.restore(read)
        self._events.restore(len(self.nodes.nodes), self._targets, read)
        self.now, self.steps = now, int(self.nodes.steps.sum())

    def _step(self, node: int) -> None:
        own = self.nodes[node]
        own.estimate()
        for edge, message in zip(self.nodes.tells(node), own.settle(self.now, self.now), strict=True):
            self._send(edge, message)
        self.steps += 1
        self.finite = own.finite
        self._plan_step(node, self.now)

    def _send(self, edge: int, message: Message, copy: int = 0) -> None:
        """Send a copy of a message over an edge, if it is free."""
        arrival = self._links.send(edge, message.payload_bytes, self.now)
        if arrival is not None:
            self.sent_bytes[edge] += message.payload_bytes
            self.sent_messages[edge] += 1
            self._events.plan(arrival, int(self._targets[edge]), edge, copy, message)

    def _arrive(self, node: int, edge: int, copy: int, message: Message) -> None:
        """Let the node hear a copy, unless it is lost, and send the next one."""
        self._links.busy[edge] = False
        up = self.now < min(self._failures.nodes[node], self._failures.edges[edge])
        if up and not self._faults.loses(edge, message.stamp, copy):
            self.nodes[node].ledger.hear(edge, message, self.now)
        if copy + 1 < self._faults.copies(edge, message.stamp):
            self._send(edge, message, copy + 1)

    def _plan_step(self, node: int, begins: float) -> None:
        ready = begins + self._seconds(self.nodes[node].state.step, node)
        if ready < self._failures.nodes[node]:
            self._events.plan(ready, node)
