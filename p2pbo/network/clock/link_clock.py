"""The time that a run's steps would take on the topology's nodes and links, whatever they took on this machine.

A message begins to arrive after the latency of its edge, and has arrived when all its bytes have gone through the
edge and through both ends' cards (``cards.py``). A node ends a round when it has computed and its slowest neighbour's
message has arrived, whose round began when that neighbour was ready: nobody waits for all.

    c_i ← max(c_i + τ_i, max_j a_ij)         j over the edges that carry something; τ_i: what i computes meanwhile
    a_ij = c_j + latency_ij + bytes_ij / bandwidth_ij                                           where there are no cards
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.clock.cards import Cards
from p2pbo.network.clock.figures import (
    MILLISECOND,
    edge_figures,
    edges_have,
    node_figures,
    nodes_have,
)
from p2pbo.topology import Topology

Seconds = float | NDArray[np.float64]
"""Of every node, or one number: of each."""


class CountedRound(NamedTuple):
    """A round as the clock counts it: bytes of each edge (one number: all the same), and which carry (None: all)."""

    edge_bytes: int | NDArray[np.int64]
    carrying: NDArray[np.bool_] | None = None


class LinkClock:
    """The clock of every node in seconds (``nodes``), of which only computing and what is sent take any.

    Args:
        topology: its edges' ``latency`` (ms, one way; 0 where it is not said) and ``bandwidth`` (bytes per second), and
            its nodes' ``bandwidth``, which a node's edges share, out and in.
        latency, bandwidth: of edges that do not say theirs. Where no edge has a bandwidth, or nodes have, the others
            are as fast as one likes.
        node_bandwidth: of nodes that do not say theirs.
        computes: whether nodes compute, each in its time divided by its ``speed`` (1 where it is not said).
        overlapped: the number of a step's rounds, from the first, that are on their way while nodes compute.

    Raises:
        InputError: a figure is no positive number, or some edges or nodes have a bandwidth and others none.
    """

    def __init__(
        self,
        topology: Topology,
        latency: float | None = None,
        bandwidth: float | None = None,
        node_bandwidth: float | None = None,
        computes: bool = False,
        overlapped: int = 0,
    ) -> None:
        # fixed per run
        self._source, self._target, self._overlapped = topology.source, topology.target, overlapped
        self._latency, self._bandwidth, cards = link_figures(topology, latency, bandwidth, node_bandwidth)
        self._cards = None if cards is None else Cards(topology, cards)
        self._speed = speeds(topology) if computes else 1.0
        # grows
        self.nodes = np.zeros(topology.nodes)
        self._rounds: list[CountedRound] = []

    @property
    def now(self) -> float:
        """Seconds at the node that is furthest ahead."""
        return float(self.nodes.max())

    def count(self, edge_bytes: int | NDArray[np.int64], carrying: NDArray[np.bool_] | None = None) -> None:
        """Count a round of the present step, in which every edge of ``carrying`` (None: all) carries so many bytes."""
        self._rounds.append(CountedRound(edge_bytes, carrying))

    def take_rounds(self) -> list[CountedRound]:
        """Return the rounds that have been counted since the last call: those of one step."""
        taken, self._rounds = self._rounds, []
        return taken

    def step(self, rounds: Sequence[CountedRound], computing: Seconds = 0.0) -> None:
        """Advance by a step of these rounds, in which a node of speed 1 computes for so many seconds.

        Rounds that are on their way meanwhile share the computing equally; without any it comes before the first.
        """
        computing, meanwhile = computing / self._speed, min(self._overlapped, len(rounds))
        if not meanwhile:
            self.nodes += computing
        for number, counted in enumerate(rounds):
            self.advance(counted, computing / meanwhile if number < meanwhile else 0.0)

    def advance(self, counted: CountedRound, computing: Seconds = 0.0) -> None:
        """Advance by a round, during which nodes compute for so many seconds."""
        edge_bytes, carrying = counted
        starts = self.nodes[self._source] + self._latency
        takes = edge_bytes / self._bandwidth
        self.nodes += computing
        if self._cards is not None:
            carried = np.broadcast_to(edge_bytes, starts.shape) * (True if carrying is None else carrying)
            takes = np.maximum(takes, self._cards.sending(carried))
            order, through = self._cards.received(starts, carried)
            self._arrive(order, through, carrying)
        self._arrive(slice(None), starts + takes, carrying)

    def _arrive(
        self, edges: slice | NDArray[np.int64], at: NDArray[np.float64], carrying: NDArray[np.bool_] | None
    ) -> None:
        """Let receivers of edges that carry something wait for what arrives there."""
        if carrying is not None:
            at = at * carrying[edges]  # no clock is before 0
        np.maximum.at(self.nodes, self._target[edges], at)


class LinkFigures(NamedTuple):
    """The figures of a topology's links.

    Attributes:
        latency: seconds of each directed edge, (E,).
        bandwidth: bytes a second of each directed edge, (E,).
        cards: bytes a second of each node's card, (K,); None: nodes have no limit of their own.
    """

    latency: NDArray[np.float64]
    bandwidth: NDArray[np.float64]
    cards: NDArray[np.float64] | None


def link_figures(
    topology: Topology, latency: float | None, bandwidth: float | None, node_bandwidth: float | None
) -> LinkFigures:
    """Return the figures of a topology's links; what edges and nodes do not say is as :class:`LinkClock` explains it.

    Raises:
        InputError: a figure is no positive number, or some edges or nodes have a bandwidth and others none.
    """
    cards = None
    if has_cards(topology, node_bandwidth):
        remedy = "give every node one, or set topology.node_bandwidth"
        cards = node_figures(topology, "bandwidth", node_bandwidth, remedy)
    if bandwidth is None and (cards is not None or not has_links(topology, None)):
        bandwidth = math.inf
    late = MILLISECOND * edge_figures(topology, "latency", 0.0 if latency is None else latency)
    return LinkFigures(late, edge_figures(topology, "bandwidth", bandwidth), cards)


def has_links(topology: Topology, bandwidth: float | None) -> bool:
    """Tell whether it is known how fast the links are."""
    return bandwidth is not None or edges_have(topology, "bandwidth")


def has_cards(topology: Topology, node_bandwidth: float | None) -> bool:
    """Tell whether it is known how fast the nodes' cards are."""
    return node_bandwidth is not None or nodes_have(topology, "bandwidth")


def speeds(topology: Topology) -> NDArray[np.float64]:
    """Return the speed of every node, by which its computing time is divided, (K,).

    Raises:
        InputError: one is no positive number.
    """
    return node_figures(topology, "speed", 1.0, "give a number above 0; without one it is 1")
