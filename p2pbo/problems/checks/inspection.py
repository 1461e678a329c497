"""Trials of the losses at a run's start: which draw at random, and whether they are what algorithms take them for.

The generators that losses draw from stand afterwards where they stood.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from p2pbo.arrays import Vector
from p2pbo.problems.autograd.differentiation import differentiable
from p2pbo.problems.autograd.stacking import HostedLoss, TorchLosses
from p2pbo.problems.checks.finiteness import check_data, check_value
from p2pbo.problems.checks.loss_checks import LossChecks


def random_losses(losses: TorchLosses, x: Vector, y: Vector, size: int | None) -> frozenset[str]:
    """Return which losses ("upper", "lower") of any hosted node draw at random, at the common start (x, y).

    They are tried on each node's first ``size`` rows (None: all).

    Raises:
        InputError: one is not finite there; names node and side, and the row where that is to blame.
    """
    return frozenset(loss.name for loss in (losses.upper, losses.lower) if _draws(losses, loss, x, y, size))


@np.errstate(over="ignore", invalid="ignore")
def check_losses(losses: TorchLosses, x: Vector, y: Vector, size: int | None, twice: bool) -> None:
    """Check that losses are means over rows, and have derivatives, the lower one ``twice``: on one hosted node.

    Raises:
        InputError: one is a sum over rows, or lacks a derivative.
    """
    upper, lower = (LossChecks(loss, losses.device, x, y, size) for loss in (losses.upper, losses.lower))
    upper.check_mean()
    lower.check_mean()
    if losses.differentiated:
        upper.check_gradient()
        lower.check_gradient()
        if twice:
            lower.check_products()
            lower.in_double().check_second_derivatives()


def _draws(losses: TorchLosses, loss: HostedLoss, x: Vector, y: Vector, size: int | None) -> bool:
    """Tell whether a loss draws at random on any hosted node; its data and values are checked on the way."""
    generators, hosted = loss.draws.generators, len(loss.samples)
    rows = None if size is None else np.tile(np.arange(size), (hosted, 1))
    point = losses.device.tensor(x), losses.device.tensor(y)
    with differentiable(), generators.restored():
        before = generators.state()
        for node in range(hosted):
            with _noting(f"raised by the {loss.name} loss of node {loss.nodes[node]}, before the first step"):
                check_data(loss, node, *point)
                check_value(loss, node, *point, rows)
        return generators.drawn_since(before)


@contextmanager
def _noting(where: str) -> Iterator[None]:
    """Add a note on where it was raised to an exception from inside."""
    try:
        yield
    except Exception as error:
        error.add_note(where)
        raise
