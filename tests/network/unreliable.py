"""Unreliable links as the network's tests use them, and what a round over them gives, edge by edge."""

from collections import defaultdict

import numpy as np

from p2pbo.network import Network
from p2pbo.network.links.faults import LinkFaults
from p2pbo.network.links.state import Links

SEED = 11
TROUBLES = {
    "drop": LinkFaults(drop=0.3),
    "stragglers": LinkFaults(stragglers=0.3),
    "matching": LinkFaults(schedule="matching"),
    "random": LinkFaults(schedule="random:0.6"),
    "delay": LinkFaults(delay=2),
    "all together": LinkFaults(drop=0.2, delay=3, stragglers=0.2, schedule="random:0.8"),
}


def network_of(topology, conditions, **more):
    return Network(topology, faults=conditions, seed=SEED, **more)


def lose(pending, network, rank):
    """The last rank dies while it is waited for: the others find rubbish in what they wait for from it."""
    messages, links = pending.requests, network.links
    really = messages.wait

    def wait():
        really()
        if network.ranks.rank != rank:
            messages.lost = {rank}
            links.mark_failed(network.placement.hosted(rank))
            for buffer in arrived(pending, rank):
                buffer[...] = 0xFF  # NaN, notes of all entries, and no head

    messages.wait = wait


def arrived(pending, rank):
    """The memory that messages of a rank are received into."""
    if hasattr(pending, "_owners"):
        return [pending._incoming.whole[row] for row in np.flatnonzero(pending._owners == rank)]
    return [peer.incoming.memory.whole for peer in pending._peers if peer.rank == rank]


class Edges:
    """The directed edges of a network and what happens on them, asked for one by one.

    ``late`` rows are those that are due in later rounds.
    """

    def __init__(self, topology, conditions):
        self.topology, self.W = topology, topology.matrix()
        self.links = Links(topology, conditions, SEED)
        self.number = {
            (i, j): e
            for e, (i, j) in enumerate(zip(topology.source.tolist(), topology.target.tolist(), strict=True))
        }
        self._due = defaultdict(lambda: 0)

    def up(self, round_):
        """The directed edges that are up, as pairs."""
        up = self.links.up(round_)
        return {ends for ends, e in self.number.items() if up is None or up[e]}

    def mixing(self, round_):
        """W^t: the weight of edges that are down goes back to their ends."""
        W = self.W.copy()
        for i, j in set(self.number) - self.up(round_):
            W[i, j] = 0
            W[i, i] += self.W[i, j]
        return W

    def later(self, round_, i, j, what):
        """Add to row i what the edge j → i contributes, when it comes."""
        step = np.zeros((len(self.W), len(what)))
        step[i] = what
        self._due[round_ + self.links.late[self.number[j, i]]] += step

    def due(self, round_):
        return self._due.pop(round_, 0)
