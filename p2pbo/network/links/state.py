"""The edges that carry a round: those of the schedule between living nodes, less those that lose their messages.

up = scheduled ∧ alive ∧ not dropped ∧ neither end a straggler          W^t: w_ij of the others goes back to w_ii

All draws are keyed by pair or node and by the network-wide round, so that both ends of an edge, every rank and a later
start know them alike. Late messages: with a delay d the steps of states are damped by a γ for which

    s_i⁺ = s_i + γ Σ_j w_ij (s_j − s_i)^{t−τ_ij},  τ_ij = τ_ji ∈ {0 … d}   is stable:  γ (1 − λ_K) < 2 sin(π/(4d + 2))

A root z = e^iω would need 1 = γ Σ a_ij e^{−iωτ_ij} / (1 − z) with a_ij ≥ 0, Σ a_ij ≤ 1 − λ_K. These numbers have phases
π/2 − ω(τ_ij + ½), and only where ω ≥ π/(2d + 1) can they sum to a real positive one; there |1 − z| ≥ 2 sin(π/(4d + 2)).
Equal delays: Olfati-Saber, Murray 2004, Theorem 10, in continuous time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from p2pbo.network.links.faults import LinkFaults
from p2pbo.network.links.schedules import LINK_SCHEDULES
from p2pbo.network.links.undirected_edges import UndirectedEdges
from p2pbo.randomness import keys, uniform
from p2pbo.topology import Topology
from p2pbo.topology.spectrum.laplacian import extreme_eigenvalues

Up = NDArray[np.bool_]
"""For every directed edge, as the topology numbers them, whether it carries; alike in both directions."""

SHARE = 0.8
"""How near γ comes to the end of the stable range; there averaging would take for ever."""

NO_FAULTS = LinkFaults()

_ROUNDS = 8
"""So many rounds may be on their way at once without being drawn again."""


class Links:
    """The edges of one network, round after round, as one rank knows them.

    Attributes:
        delay: the most rounds by which messages are late.
        late: by how many rounds those of each directed edge are, as the topology numbers them.
        damping: γ of states.

    Raises:
        InputError: the schedule is not known or its settings are refused.
    """

    def __init__(self, topology: Topology, faults: LinkFaults = NO_FAULTS, seed: int = 0) -> None:
        # fixed per run
        self._topology, self._faults, self._seed = topology, faults, seed
        self._pairs = UndirectedEdges.of(topology)
        self._scheduled = LINK_SCHEDULES.make(faults.schedule, self._pairs, seed)
        self.delay = faults.delay
        self.late: NDArray[np.int64] = np.floor(
            (self.delay + 1) * uniform(keys(seed, "links delay", self._pairs.numbers), 0)
        ).astype(np.int64)[self._pairs.of_edge]
        self.damping = _damping(topology, self.delay)
        # per round
        changing = topology.period > 1 or replace(faults, delay=0) != NO_FAULTS
        self._drawn = lru_cache(maxsize=_ROUNDS)(self._draw) if changing else None
        self._alive: Up | None = None

    def carrying(self, round_: int) -> Up | None:
        """Return the edges that messages of a round are sent over, lost ones included; None: all."""
        return self._alive if self._drawn is None else both(self._drawn(round_)[0], self._alive)

    def up(self, round_: int) -> Up | None:
        """Return the edges that carry a round (counted over all kinds of rounds); None: all."""
        return self._alive if self._drawn is None else both(self._drawn(round_)[1], self._alive)

    def mark_failed(self, nodes: Iterable[int]) -> None:
        """Let the edges of nodes that have died carry nothing any more."""
        dead = np.isin(np.arange(self._topology.nodes), list(nodes))
        self._alive = both(self._alive, ~(dead[self._topology.source] | dead[self._topology.target]))

    def _draw(self, round_: int) -> tuple[Up | None, Up | None]:
        """Return the edges that are used in a round, and those of them that lose nothing."""
        pairs, faults = self._pairs, self._faults
        scheduled = self._scheduled(round_)
        carries = scheduled
        if faults.drop:
            carries = both(carries, self._spared("drop", faults.drop, round_, pairs.numbers))
        if faults.stragglers:
            on_time = self._spared("stragglers", faults.stragglers, round_, np.arange(self._topology.nodes))
            carries = both(carries, on_time[pairs.first] & on_time[pairs.second])
        present = self._topology.present(round_, self._seed)
        return both(present, self._both_ways(scheduled)), both(present, self._both_ways(carries))

    def _spared(self, what: str, chance: float, round_: int, whom: NDArray[np.int64]) -> NDArray[np.bool_]:
        return uniform(keys(self._seed, f"links {what}", round_, whom), 0) >= chance

    def _both_ways(self, pairs: NDArray[np.bool_] | None) -> Up | None:
        return None if pairs is None else pairs[self._pairs.of_edge]


def both(one: NDArray[np.bool_] | None, other: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    """Return the edges that both arguments leave; None leaves all."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _damping(topology: Topology, delay: int) -> float:
    """Return γ of a network whose messages are up to ``delay`` rounds late."""
    if delay == 0:
        return 1.0
    _, largest = extreme_eigenvalues(topology.edges, topology.weight)  # 1 − λ_K
    stable = 2 * math.sin(math.pi / (4 * delay + 2)) / largest
    return round(min(1.0, SHARE * stable), 10)  # CPUs differ in the last bits of an eigenvalue
