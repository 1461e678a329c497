"""Products with other nodes' Hessians: a node's vector goes to a neighbour, is multiplied there, and comes back.

v_i ↦ ∇²_yy g_s(x_s, y_s) v_i,  s = π(i)        π a permutation along edges, drawn anew for each product: s = j has
                                                the chance w_ij, and every node multiplies one vector

Nothing but the vector travels: s takes its own point, data and batch. Two rounds a product.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import NamedTuple

from p2pbo.algorithms.local_hypergradient import PointOracles
from p2pbo.algorithms.round_driver import Round
from p2pbo.algorithms.sampling import Sampler
from p2pbo.arrays import Rows
from p2pbo.network import HandedRows, Handover, Network, Stream
from p2pbo.problems import Batch, Lower, Oracles
from p2pbo.topology.permutations import Permutations, inverse


class Handovers(NamedTuple):
    """The two rounds of a product."""

    there: Round
    back: Round

    @classmethod
    def declared(cls) -> Handovers:
        """Declare them anew."""
        return cls(Round(Stream("y_there", Handover())), Round(Stream("y_back", Handover())))


class NeighbourProducts:
    """The neighbours that the vectors of one step visit."""

    def __init__(
        self, permutations: Permutations, handovers: Handovers, network: Network, sampler: Sampler, step: int
    ) -> None:
        self._permutations, self._handovers, self._network = permutations, handovers, network
        self._sampler, self._step, self._products = sampler, step, count()

    def multiplied(self, V: Rows, product: Callable[[Rows], Rows]) -> Rows:
        """Return the product that each row's neighbour makes with its own matrix."""
        number = self._sampler.shared(self._step, "hessian neighbour", next(self._products))
        target = self._permutations.at(number)
        (there,) = self._handovers.there.post(self._network, HandedRows(V, target)).wait()
        (back,) = self._handovers.back.post(self._network, HandedRows(product(there), inverse(target))).wait()
        return back


class NeighbourHessianOracles(PointOracles):
    """The oracles at one point, whose products hyy(v) are made by neighbours."""

    def __init__(self, oracles: Oracles, X: Rows, Y: Rows, visits: NeighbourProducts) -> None:
        super().__init__(oracles, X, Y)
        self._visits = visits

    def lower(self, batch: Batch) -> Lower:
        """Return ∇_y g on ``batch``, which each node draws for the vector that comes to it."""
        return _LowerByNeighbours(super().lower(batch), self._visits)


class _LowerByNeighbours:
    def __init__(self, own: Lower, visits: NeighbourProducts) -> None:
        self._own, self._visits = own, visits
        self.gy: Rows = own.gy

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        return self.hyy(V), self.hxy(V)

    def hyy(self, V: Rows) -> Rows:
        return self._visits.multiplied(V, self._own.hyy)

    def hxy(self, V: Rows) -> Rows:
        return self._own.hxy(V)
