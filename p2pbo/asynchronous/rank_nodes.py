"""The asynchronous nodes of one rank: they step in turn, with the newest that has come, and never wait.

Nodes of the same rank hear each other at once; those of others by messages (``rank_links.py``), also while they compute
(``listener.py``).
"""

from __future__ import annotations

import math
import os
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State
from p2pbo.asynchronous.checkpointing import node_rows, restore_nodes
from p2pbo.asynchronous.hosted_nodes import HostedNodes
from p2pbo.asynchronous.listener import Listener
from p2pbo.asynchronous.message_faults import MessageFaults
from p2pbo.asynchronous.messages import Message
from p2pbo.asynchronous.rank_links import RankLinks
from p2pbo.asynchronous.silence_clock import SilenceClock
from p2pbo.network import CheckpointRows
from p2pbo.network.checkpointing import ReadRows


class RankNodes:
    """The hosted nodes, and the edges between them and others.

    Args:
        nodes: of this rank.
        links: to other ranks.
        targets: the node at which each directed edge of the network ends, (E,).
        faults: of messages, also of those within this rank.
        yields: whether others get the core when nothing has come for a node: ranks outnumber the cores.
        silent_after: seconds after which the edge of a silent neighbour is dropped.

    Attributes:
        finite: whether the state of the node that has stepped last is.
        sent_bytes, sent_messages: over each directed edge of the network.
        crossed: (bytes, messages) that went to other ranks.
    """

    def __init__(
        self,
        nodes: HostedNodes,
        links: RankLinks,
        targets: NDArray[np.int64],
        faults: MessageFaults,
        yields: bool,
        silent_after: float = math.inf,
    ) -> None:
        self.nodes, self._links, self._targets = nodes, links, targets
        self._faults, self._yields = faults, yields
        self._listener = Listener(self._hear_all)
        self._clock = SilenceClock(silent_after)
        self._began = perf_counter()
        self.finite = True
        self.sent_bytes, self.sent_messages = np.zeros((2, len(targets)), dtype=np.int64)
        self.crossed = np.zeros(2, dtype=np.int64)

    @property
    def now(self) -> float:
        """The seconds of the run so far."""
        return perf_counter() - self._began

    @property
    def latest(self) -> int:
        """The steps of the first hosted node."""
        return self.nodes.nodes[0].state.step

    @property
    def living(self) -> NDArray[np.bool_]:
        """Whether each hosted node has not failed: none does alone."""
        return np.ones(len(self.nodes.hosted), dtype=bool)

    @property
    def on_their_way(self) -> int:
        """The number of messages to other ranks that have been sent and not received."""
        return self._links.on_their_way

    def start(self, elapsed: float) -> None:
        """Go on after so many seconds, on all ranks at once; called by all of them."""
        self._links.meet()
        self._began = perf_counter() - elapsed
        self._clock.begin(elapsed)
        if self._links.threads:
            self._listener.start()

    def checkpoint_rows(self) -> list[CheckpointRows]:
        """Return what the nodes know, beside their states."""
        with self._listener.lock:
            return node_rows(self.nodes)

    def restore(self, state: State, now: float, read: ReadRows) -> None:
        """Go on from a checkpoint: what was on its way is lost, and the next messages have it."""
        restore_nodes(self.nodes, state, read)
        for node in self.nodes.nodes:
            node.ledger.resume(now)

    def step_each(self) -> None:
        """Let each node take a step, or those before one that is not finite any more."""
        for node in self.nodes.hosted:
            self._step(node)
            if not self.finite:
                return

    def stop_listening(self) -> None:
        """Hear no more: the edges stay as they are, since ranks that hang would never free theirs."""
        self._listener.stop()

    def close(self) -> None:
        """Let all messages arrive, and free the edges; called by all ranks once none of their nodes steps any more."""
        self.stop_listening()
        self._links.close(self._hear)

    def _step(self, node: int) -> None:
        began = perf_counter()
        self.nodes[node].estimate()
        self._listener.adapt(perf_counter() - began)
        with self._listener.lock:
            self._clock.look(self.now)
            news = self._links.receive(node, self._hear)
            self._settle(node)
        if self._yields and not news:
            os.sched_yield()

    def _settle(self, node: int) -> None:
        own = self.nodes[node]
        messages = own.settle(self._clock.looked, self._clock.watched)
        self.finite = own.finite
        if self.finite:
            for edge, message in zip(self.nodes.tells(node), messages, strict=True):
                self._tell(edge, message)

    def _hear_all(self) -> None:
        for node in self.nodes.hosted:
            self._links.receive(node, self._hear)

    def _tell(self, edge: int, message: Message) -> None:
        """Send a message over an edge that is free, or lose it on the way."""
        within = int(self._targets[edge]) in self.nodes.hosted
        if within:
            self._hear(edge, message)
        elif self._faults.arriving(edge, message.stamp) and not self._links.send(edge, message):
            return
        copies = self._faults.copies(edge, message.stamp)
        size = copies * message.payload_bytes
        self.sent_bytes[edge] += size
        self.sent_messages[edge] += copies
        if not within:
            self.crossed += size, copies

    def _hear(self, edge: int, message: Message) -> None:
        """Hear a message as often as copies of it arrive."""
        for _ in range(self._faults.arriving(edge, message.stamp)):
            self.nodes[int(self._targets[edge])].ledger.hear(edge, message, self._clock.watched)
