"""Trials of the losses at a run's start: which draw at random, and whether they are what algorithms take them for.

The generators that losses draw from stand afterwards where they stood.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from p2pbo.arrays import Vector
from p2pbo.errors import InputError
from p2pbo.problems.autograd.differentiation import differentiable
from p2pbo.problems.autograd.stacking import HostedLoss, TorchLosses
from p2pbo.problems.checks.finiteness import check_data, check_value
from p2pbo.problems.checks.loss_checks import LossChecks
from p2pbo.problems.node_data import BatchSizes, Size


def random_losses(losses: TorchLosses, x: Vector, y: Vector, size: Size) -> frozenset[str]:
    """Return which losses ("upper", "lower") of any hosted node draw at random, at the common start (x, y).

    They are tried on each node's first ``size`` rows (None: all).

    Raises:
        InputError: one is not finite there; names node and side, and the row where that is to blame.
    """
    both = zip((losses.upper, losses.lower), BatchSizes.of(size), strict=True)
    return frozenset(loss.name for loss, own in both if _draws(losses, loss, x, y, own))


@np.errstate(over="ignore", invalid="ignore")
def check_losses(
    losses: TorchLosses, x: Vector, y: Vector, size: Size, twice: bool, lower_gradients: bool = False
) -> None:
    """Check that losses are means over rows, and have the derivatives that are asked for: on one hosted node.

    These are both losses' gradients, those of the lower one by x only where ``lower_gradients`` are asked for, and the
    lower one's second derivatives where it is to be differentiated ``twice``.

    Raises:
        InputError: one is a sum over rows, or lacks a derivative.
    """
    both = zip((losses.upper, losses.lower), BatchSizes.of(size), strict=True)
    upper, lower = (LossChecks(loss, losses.device, x, y, own) for loss, own in both)
    upper.check_mean()
    lower.check_mean()
    if losses.differentiated:
        upper.check_gradient("xy")
        lower.check_gradient("y")
        if twice:
            lower.check_products()
            lower.in_double().check_second_derivatives()
    if lower_gradients and losses.lower_gradients:
        lower.check_gradient("xy")
        lower.in_double().check_nothing_hidden()


@np.errstate(over="ignore", invalid="ignore")
def twice_differentiable(losses: TorchLosses, x: Vector, y: Vector, size: Size) -> bool:
    """Tell whether torch has the lower loss's second derivatives: on one hosted node, near the common start."""
    lower = LossChecks(losses.lower, losses.device, x, y, BatchSizes.of(size).lower)
    try:
        lower.check_products()
        lower.in_double().check_second_derivatives()
    except InputError:
        return False
    return True


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
