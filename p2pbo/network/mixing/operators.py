"""The operator that an exact round applies to the rows of each stream: W or R, W or C, I − W, or the maximum."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from p2pbo.network.mixing.delays import DelayedAverage
from p2pbo.network.mixing.matrix import AverageProduct, LaplacianProduct, MaximumProduct, Product
from p2pbo.network.rank_network import RankNetwork
from p2pbo.network.streams import Laplacian, Maximum, Push, Stream


class Operator(StrEnum):
    """What is made of rows; its text stands before their width where a kind of round is named."""

    AVERAGE = ""
    """W, or R over a directed graph."""
    PUSH = "C"
    """W, or C over a directed graph, in float64."""
    LAPLACIAN = "L"
    """I − W."""
    MAXIMUM = "M"
    """The largest of a node's own and its neighbours'."""

    @classmethod
    def of(cls, stream: Stream) -> Operator:
        """Return the operator of a stream."""
        match stream.kind:
            case Laplacian():
                return cls.LAPLACIAN
            case Maximum():
                return cls.MAXIMUM
            case Push():
                return cls.PUSH
        return cls.AVERAGE

    def product(self, width: int, own: RankNetwork) -> Product:
        """Plan the product with stacks of this width."""
        plan, dtype = own.plan, own.dtype
        if self is Operator.LAPLACIAN:
            return LaplacianProduct(plan.block, dtype)
        if self is Operator.MAXIMUM:
            return MaximumProduct(plan.block)
        if self is Operator.PUSH:
            return AverageProduct(plan.push, np.dtype(np.float64))
        if own.links.delay:
            return DelayedAverage(plan.block, plan.hosted, width, dtype, own.links)
        return AverageProduct(plan.block, dtype)
