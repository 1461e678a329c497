"""Static: the same window of every layer in all rounds, by default its first units (HeteroFL: Diao 2021)."""

from __future__ import annotations

from typing import ClassVar

from p2pbo.algorithms.submodels.capacity import Offset, cycle_shares
from p2pbo.algorithms.submodels.policy import POLICIES, LayerContext, Policy, window
from p2pbo.arrays import IndexArray


@POLICIES.register("static")
class Static(Policy):
    """The same units in all rounds: a window that begins at the node's ``offset``.

    Args:
        offset: where in a layer each node's window begins, as a share of it, cycled over the nodes: 0,1/2.
    """

    constant: ClassVar[bool] = True

    def __init__(self, *, offset: Offset = "0") -> None:
        self._offset = offset

    def choose(self, layer: LayerContext) -> IndexArray:
        """Return units ⌊offset·n⌋, …"""
        start = cycle_shares(self._offset, layer.node + 1)[layer.node]
        return window(int(start * layer.units), layer.kept, layer.units)
