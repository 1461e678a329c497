"""Oracles: what a node can compute alone, on the stacked rows of the hosted nodes.

fx = ∇ₓf(x,y;ξ) · fy = ∇_y f(x,y;ξ) · gx = ∇ₓg(x,y;ζ) · gy = ∇_y g(x,y;ζ)
hyy(v) = ∇²_yy g(x,y;ζ) v · hxy(v) = ∇ₓ⟨∇_y g(x,y;ζ), v⟩
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from p2pbo.arrays import IndexArray, Rows
from p2pbo.errors import InputError
from p2pbo.problems.node_data import Batch
from p2pbo.problems.oracle_cost import OracleCost
from p2pbo.problems.parameter_slice import Submodel
from p2pbo.problems.point_oracles import PointOracles

if TYPE_CHECKING:
    from p2pbo.problems.autograd.stacking import TorchLosses


class Lower(Protocol):
    """∇_y g evaluated once, ready for products with its derivatives; nothing of size dy×dy is formed."""

    @property
    def gy(self) -> Rows:
        """∇_y g, hosted×dy."""

    def products(self, V: Rows) -> tuple[Rows, Rows]:
        """Return (hyy(v), hxy(v)) from one vector-Jacobian product: hosted×dy and hosted×dx."""

    def hyy(self, V: Rows) -> Rows:
        """Return ∇²_yy g v, hosted×dy."""

    def hxy(self, V: Rows) -> Rows:
        """Return ∇ₓ⟨∇_y g, v⟩, hosted×dx."""


class Block(NamedTuple):
    """Some of the hosted nodes, which follow each other, with oracles of their own."""

    rows: slice
    oracles: Oracles


class Oracles(ABC):
    """The hosted nodes' losses, derivatives and sample counts.

    Attributes:
        upper_samples, lower_samples: how many samples each hosted node has.
        coordinates: the entries of x that each hosted node works on; None: all of them.
        cost: what the oracles have cost so far; None: nobody measures it.
    """

    upper_samples: IndexArray
    lower_samples: IndexArray
    coordinates: Sequence[IndexArray] | None = None
    cost: OracleCost | None = None

    @abstractmethod
    def upper(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (fx, fy) on the drawn upper samples: hosted×dx and hosted×dy."""

    @abstractmethod
    def lower(self, X: Rows, Y: Rows, batch: Batch) -> Lower:
        """Return ∇_y g at X (hosted×dx), Y (hosted×dy) on the drawn lower samples, and its products."""

    def lower_gradients(self, X: Rows, Y: Rows, batch: Batch) -> tuple[Rows, Rows]:
        """Return (gx, gy) on the drawn lower samples, hosted×dx and hosted×dy, by first derivatives alone.

        Raises:
            InputError: these oracles have no gx.
        """
        remedy = "define lower_gradients, or use a method with second derivatives, such as d-soba"
        raise InputError(f"the oracles {type(self).__name__}", "have no ∇ₓg", remedy)

    @abstractmethod
    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, g_i) over all samples of each hosted node: two vectors of length hosted."""

    def at(self, X: Rows, Y: Rows) -> PointOracles:
        """Return the oracles at (X, Y), to be asked on several batches."""
        return PointOracles(self, X, Y)

    @cached_property
    def blocks(self) -> Sequence[Block]:
        """The blocks of nodes that are computed fastest one after the other; by default all nodes are one."""
        return (Block(slice(None), self),)

    @property
    def random(self) -> frozenset[str]:
        """The losses ("upper", "lower") that draw at random themselves: their batches are :class:`KeyedBatch`."""
        return frozenset()

    def draw_by_keys(self, sides: frozenset[str]) -> None:  # noqa: B027
        """Let the losses of ``sides`` draw what a batch's keys say from now on, and the others nothing."""

    @property
    def stacking_limit(self) -> float | None:
        """The most rows × parameters of a node with which all hosted nodes share a graph; None: there are no graphs."""
        return None

    def stack_up_to(self, limit: float) -> None:  # noqa: B027
        """Let hosted nodes share a graph up to so many rows × parameters of a node from now on, if there are graphs."""

    @property
    def torch_losses(self) -> TorchLosses | None:
        """The torch losses, for checks before a run; None: there are none."""
        return None

    def metrics(self, X: Rows, Y: Rows) -> dict[str, Rows]:
        """Return further figures of each hosted node, averaged over nodes in the trace; none unless it has some."""
        return {}

    def narrower(self, submodels: Sequence[Submodel]) -> Oracles | None:
        """Return the oracles of one submodel per hosted node by smaller tensors, or None where there are none.

        See :func:`~p2pbo.problems.submodels.masked_oracles.submodel_oracles`.
        """
        return None
