"""Products with other nodes' Hessians: a node's vector goes to a neighbour, is multiplied there, and comes back.

v_i ↦ ∇²_yy g_s(x_s, y_s) v_i,  s = π(i)        π a permutation along edges, drawn anew for each product: s = j has
                                                the chance w_ij, and every node multiplies one vector

Nothing but the vector travels: s takes its own point, data and batch. Two rounds a product.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import NamedTuple

from p2pbo.algorithms.round_driver import Round
from p2pbo.algorithms.sampling import Sampler
from p2pbo.arrays import Rows
from p2pbo.network import HandedRows, Handover, Network, Stream
from p2pbo.problems import Batch, Lower, Oracles, PointOracles
from p2pbo.topology.permutations import Permutations, inverse


class Handovers(NamedTuple):
    """The two rounds of a product: vectors go there, and products come back."""

    there: Round
    back: Round

    @classmethod
    def declared(cls) -> Handovers:
        """Return both rounds, newly declared."""
        return cls(Round(Stream("y_there", Handover())), Round(Stream("y_back", Handover())))


class NeighbourProducts:
    """The products of one step, each made by the neighbours that its vectors go to."""

    def __init__(
        self, permutations: Permutations, handovers: Handovers, network: Network, sampler: Sampler, step: int
    ) -> None:
        self._permutations, self._handovers, self._network = permutations, handovers, network
        self._sampler, self._step, self._products = sampler, step, count()

    def multiply(self, V: Rows, product: Callable[[Rows], Rows]) -> Rows:
        """Return V with each row multiplied by ``product`` at the neighbour that is drawn for it."""
        number = self._sampler.shared(self._step, "hessian neighbour", next(self._products))
        target = self._permutations.at(number)
        (there,) = self._handovers.there.post(self._network, HandedRows(V, target)).wait()
        (back,) = self._handovers.back.post(self._network, HandedRows(product(there), inverse(target))).wait()
        return back


class NeighbourHessianOracles(PointOracles):
    """The oracles at one point, of which neighbours make the products hyy(v)."""

    def __init__(self, oracles: Oracles, X: Rows, Y: Rows, products: NeighbourProducts) -> None:
        super().__init__(oracles, X, Y)
        self._products = products

    def lower(self, batch: Batch) -> Lower:
        """Return ∇_y g on ``batch``, which each node draws for the vector that comes to it."""
        return _LowerByNeighbours(super().lower(batch), self._products)


class _LowerByNeighbours:
    def __init__(self, own: Lower, products: NeighbourProducts) -> None:
        self._own, self._products = own, products
        self.gy: Rows = own.gy

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        return self.hyy(V), self.hxy(V)

    def hyy(self, V: Rows) -> Rows:
        return self._products.multiply(V, self._own.hyy)

    def hxy(self, V: Rows) -> Rows:
        return self._own.hxy(V)
