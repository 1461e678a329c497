"""Checks that losses are finite at a run's start: what is to blame is a node's rows, or the start itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import torch

from p2pbo.errors import InputError
from p2pbo.problems.autograd.stacking import HostedLoss
from p2pbo.problems.node_data import SampleIndices, named_leaves


def check_value(loss: HostedLoss, node: int, x: torch.Tensor, y: torch.Tensor, rows: SampleIndices) -> None:
    """Check that a hosted node's loss on some rows is finite.

    Raises:
        InputError: it is NaN or infinite, and so is its gradient.
    """
    with torch.no_grad():
        value = float(loss.at(node, x.clone(), y.clone(), rows))
    if not math.isfinite(value) and not _finite(_slopes(loss, node, x, y, rows)):
        subject = f"the {loss.name} loss of node {loss.nodes[node]}"
        raise InputError(
            subject, f"is {value} at the start", "start elsewhere by x0 and y0, or mend the loss"
        )


def check_data(loss: HostedLoss, node: int, x: torch.Tensor, y: torch.Tensor) -> None:
    """Check a hosted node's rows: NaN and infinity may mark what is missing, where the loss knows of that.

    Raises:
        InputError: some are not finite, and then the gradient of all rows' loss is not; names row and tensor.
    """
    for found in _not_finite(loss, node):
        if not _finite(_slopes(loss, node, x, y, None)):
            cause = f"holds {found}, which makes the {loss.name} loss or its gradient NaN or infinite"
            remedy = "mend or remove the row, or let the loss pass over it"
            raise InputError(f"{loss.name} data of node {loss.nodes[node]}", cause, remedy)


def _slopes(
    loss: HostedLoss, node: int, x: torch.Tensor, y: torch.Tensor, rows: SampleIndices
) -> tuple[torch.Tensor, ...]:
    """Return the gradient by x and y, or the value where there is none."""
    point = x.clone().requires_grad_(), y.clone().requires_grad_()
    value = loss.at(node, *point, rows)
    return torch.autograd.grad(value, point, materialize_grads=True) if value.requires_grad else (value,)


def _finite(tensors: Iterable[torch.Tensor]) -> bool:
    return all(bool(tensor.isfinite().all()) for tensor in tensors)


def _not_finite(loss: HostedLoss, node: int) -> Iterator[str]:
    """Yield the first entry of each tensor that is not finite, and its place."""
    for name, leaf in named_leaves(loss.samples.of(node, None)):
        if not leaf.isfinite().all():
            row, *_ = entry = tuple((~leaf.isfinite()).nonzero()[0].tolist())
            yield f"{leaf[entry].item()} in row {row}" + (f" of {name}" if name else "")
