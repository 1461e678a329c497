"""Gradient tracking without rounds: a node steps when it is ready, with the newest rows that have come.

t½ = u⁺ + Σ_j ρ̃_ij − Σ_j ρ_ji               ρ̃_ij the newest running sum heard of j, ρ_ji the one told to j
t  = w_ii t½,   ρ_ji ← ρ_ji + w_ji t½
v  = s − βt                                  goes to each neighbour j, with ρ_ji
s⁺ = s + η (Π[w_ii v + Σ_j w_ij ṽ_j] − s)    ṽ_j the newest v heard of j

Σ t + Σ (ρ − ρ̃) = Σ u over all nodes for ever, whatever is lost or late (Tian et al. 2018; R-FAST, Zhu et al. 2023).
Over directed graphs w_ij is of R, w_ji of C. Nodes step one by one: :mod:`p2pbo.asynchronous.ledger`.
"""

from __future__ import annotations

from typing import ClassVar

from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.algorithms.state import Variable
from p2pbo.errors import InputError
from p2pbo.network import Consensus, Push


@MIXINGS.register("asynchronous-tracking")
class AsynchronousTracking(Mixing):
    """Follow the network's average direction without rounds, by a ledger of running sums (R-FAST)."""

    relaxed: ClassVar[bool] = True
    needs_exact: ClassVar[bool] = True
    directed: ClassVar[bool] = True
    asynchronous: ClassVar[bool] = True

    def sends(self) -> Sends:
        """Plan v and ρ, which are on their way while nodes compute."""
        return ((Consensus(), Push()),)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Refuse a step of all nodes at once.

        Raises:
            InputError: always.
        """
        cause = "has no rounds: each node steps when it is ready"
        raise InputError("mixing asynchronous-tracking", cause, "run it by p2pbo.run, or use mixing tracking")
