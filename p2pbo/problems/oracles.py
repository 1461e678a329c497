"""Oracles: what a node can compute alone, on the stacked rows of the hosted nodes.

fx = ∇ₓf(x,y;ξ) · fy = ∇_y f(x,y;ξ) · gy = ∇_y g(x,y;ζ) · hyy(v) = ∇²_yy g(x,y;ζ) v · hxy(v) = ∇ₓ⟨∇_y g(x,y;ζ), v⟩
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from p2pbo.arrays import IndexArray, Rows
from p2pbo.problems.node_data import Batch
from p2pbo.problems.oracle_cost import OracleCost
from p2pbo.problems.parameter_slice import Submodel

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
        """Return ∇_y g on the drawn lower samples, and its products."""

    @abstractmethod
    def losses(self, X: Rows, Y: Rows) -> tuple[Rows, Rows]:
        """Return (f_i, g_i) over all samples of each hosted node: two vectors of length hosted."""

    @property
    def random(self) -> frozenset[str]:
        """The losses ("upper", "lower") that draw at random themselves: their batches are :class:`KeyedBatch`."""
        return frozenset()

    def draw_by_keys(self, sides: frozenset[str]) -> None:  # noqa: B027
        """Let the losses of ``sides`` draw what a batch's keys say from now on, and the others nothing."""

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
