"""Losses are tried at a run's start: which draw at random, and whether they are what algorithms take them for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from p2pbo.problems.autograd.device import Place
from p2pbo.problems.autograd.stacking import HostedLoss
from p2pbo.problems.autograd.torch_modes import differentiable
from p2pbo.problems.checks.finiteness import check_data, check_value
from p2pbo.problems.checks.node_losses import Examination
from p2pbo.problems.oracles import Row


@contextmanager
def _noting(where: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(where)
        raise


@dataclass(frozen=True)
class Inspection:
    """Of the hosted nodes' losses; the generators that losses draw from stand afterwards where they stood.

    Attributes:
        upper, lower: the losses.
        place: where they are computed.
        differentiated: whether oracles are their derivatives.
    """

    upper: HostedLoss
    lower: HostedLoss
    place: Place
    differentiated: bool = True

    def random(self, x: Row, y: Row, size: int | None) -> frozenset[str]:
        """Which losses draw at random, of any hosted node at the common start, on its first ``size`` rows (None: all).

        Raises:
            InputError: one is not finite there; names node and side, and the row where that is to blame.
        """
        losses = (self.upper, self.lower)
        return frozenset(loss.name for loss in losses if self._draws(loss, x, y, size))

    @np.errstate(over="ignore", invalid="ignore")
    def check(self, x: Row, y: Row, size: int | None, twice: bool) -> None:
        """Check that losses are means over rows, and have derivatives, the lower one ``twice``: on one hosted node.

        Raises:
            InputError: one is a sum over rows, or lacks a derivative.
        """
        upper, lower = (Examination(loss, self.place, x, y, size) for loss in (self.upper, self.lower))
        upper.check_mean()
        lower.check_mean()
        if self.differentiated:
            upper.check_gradient()
            lower.check_gradient()
            if twice:
                lower.check_products()
                lower.in_double().check_second_derivatives()

    def _draws(self, loss: HostedLoss, x: Row, y: Row, size: int | None) -> bool:
        generators, hosted = loss.draws.generators, len(loss.samples)
        rows = None if size is None else np.tile(np.arange(size), (hosted, 1))
        point = self.place.tensor(x), self.place.tensor(y)
        with differentiable(), generators.kept():
            before = generators.state()
            for node in range(hosted):
                with _noting(
                    f"raised by the {loss.name} loss of node {loss.nodes[node]}, before the first step"
                ):
                    check_data(loss, node, *point)
                    check_value(loss, node, *point, rows)
            return generators.drawn_since(before)
