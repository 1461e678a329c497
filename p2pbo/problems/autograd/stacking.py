"""One loss on all hosted nodes: Σ_i f_i(x_i, y_i; ξ_i), in one go where torch can, else one node after another.

The terms know nothing of each other, so the sum's gradient has the nodes' own gradients as its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from p2pbo.errors import InputError
from p2pbo.problems.autograd.batch_protection import Lender
from p2pbo.problems.losses import Structure, leaves
from p2pbo.problems.oracles import Batch, Indices, indices

if TYPE_CHECKING:
    from p2pbo.problems.autograd.random_draws import LossDraws
    from p2pbo.problems.losses import Loss
    from p2pbo.problems.parameters import Parameters

Tensor = torch.Tensor


def sample_count(structure: Structure, owner: str) -> int:
    """Return length of the first dimension, the same for every tensor of the structure.

    Raises:
        InputError: there are no tensors, no samples, or different counts.
    """
    counts: set[int] = set()
    leaves(structure, lambda leaf: counts.add(len(leaf) if leaf.ndim else 0))
    if len(counts) != 1 or 0 in counts:
        raise InputError(
            owner, f"has tensors of {sorted(counts)} samples", "give all the same count, at least 1"
        )
    return counts.pop()


def _alike(structures: list[Structure]) -> bool:
    """Tell whether all are the same structure, of tensors that differ in their first dimension alone."""
    first, *others = (leaves(own, lambda leaf: (leaf.dtype, leaf.shape[1:])) for own in structures)
    return all(other == first for other in others)


class HostedSamples:
    """The hosted nodes' samples; several alike nodes lie in one storage, one after another."""

    def __init__(self, nodes: list[Structure], owners: list[str]) -> None:
        self.counts = np.array([sample_count(own, owner) for own, owner in zip(nodes, owners, strict=True)])
        self._nodes, self._joined = nodes, len(nodes) > 1 and _alike(nodes)
        if self._joined:
            self._first = np.cumsum(self.counts) - self.counts
            self._all = leaves(nodes[0], lambda *same: torch.cat(same), *nodes[1:])
            self._nodes = [
                leaves(self._all, lambda leaf, first=first, count=count: leaf.narrow(0, first, count))
                for first, count in zip(self._first.tolist(), self.counts.tolist(), strict=True)
            ]

    def __len__(self) -> int:
        return len(self._nodes)

    def stackable(self, batch: Indices) -> bool:
        """Whether :meth:`stacked` can be asked for: there are several nodes, alike, and with equally many rows."""
        return self._joined and (batch is not None or len(set(self.counts.tolist())) == 1)

    def stacked(self, batch: Indices) -> Structure:
        """Return the drawn rows of all hosted nodes: leaves of hosted×rows×…."""
        if batch is None:
            return leaves(self._all, lambda leaf: leaf.unflatten(0, (len(self), -1)))
        index = torch.from_numpy(batch + self._first[:, None])
        return leaves(self._all, lambda leaf: leaf[index])

    def of(self, node: int, batch: Indices) -> Structure:
        """Return the drawn rows of one hosted node: leaves of rows×…."""
        if batch is None:
            return self._nodes[node]
        index = torch.as_tensor(batch[node])
        return leaves(self._nodes[node], lambda leaf: leaf[index])


class HostedLoss:
    """The upper or the lower loss, on the samples of the hosted nodes."""

    def __init__(
        self, name: str, loss: Loss, x: Parameters, y: Parameters, samples: HostedSamples, draws: LossDraws
    ) -> None:
        self.name, self.function, self.x, self.y, self.samples, self.draws = name, loss, x, y, samples, draws
        self.nodes = draws.nodes
        self._in_one_go: Any = torch.func.vmap(self._one)
        self._refused = False
        self._lender = Lender(name)

    def __call__(self, X: Tensor, Y: Tensor, batch: Batch) -> Tensor:
        """Return the sum of the nodes' losses, each at its rows of X and Y.

        What vmap refuses (control flow that depends on data, ``.item()`` …) goes node by node from then on. So does
        whatever fails, since an error of the loss itself then has a plain traceback, and so do random losses.
        """
        drawn = indices(batch)
        if self.samples.stackable(drawn) and not self._refused and not self.draws.random:
            try:
                with self._lent(self.samples.stacked(drawn), drawn) as samples:
                    return self._in_one_go(X, Y, samples).sum()
            except Exception:
                self._refused = True
        return reduce(torch.add, self.one_by_one(X, Y, batch))

    def one_by_one(self, X: Tensor, Y: Tensor, batch: Batch) -> Iterator[Tensor]:
        """Yield the terms of the sum, each computed when it is asked for."""
        for node, (x, y) in enumerate(zip(X.unbind(), Y.unbind(), strict=True)):
            yield self.at(node, x, y, batch)

    def at(self, node: int, x: Tensor, y: Tensor, batch: Batch) -> Tensor:
        """Return one hosted node's loss at its rows of X and Y."""
        return self.of_node(node, self.x.unflatten(x), self.y.unflatten(y), batch)

    def of_node(self, node: int, x: Any, y: Any, batch: Batch) -> Tensor:
        """One hosted node's loss at x and y as the loss takes them, which may be narrower than the problem's."""
        drawn = indices(batch)
        with self._lent(self.samples.of(node, drawn), drawn) as samples, self.draws.on(node, batch):
            return self._value(x, y, samples)

    def _lent(self, samples: Structure, batch: Indices) -> AbstractContextManager[Structure]:
        """Drawn rows are made for one evaluation, all rows are the stored ones."""
        return self._lender.lend(samples) if batch is None else nullcontext(samples)

    def _one(self, x: Tensor, y: Tensor, samples: Structure) -> Tensor:
        return self._value(self.x.unflatten(x), self.y.unflatten(y), samples)

    def _value(self, x: Any, y: Any, samples: Structure) -> Tensor:
        value = self.function(x, y, samples)
        if not isinstance(value, Tensor) or value.ndim != 0:
            found = (
                f"has shape {tuple(value.shape)}"
                if isinstance(value, Tensor)
                else f"is a {type(value).__name__}"
            )
            raise InputError(f"the {self.name} loss", found, "return a scalar tensor: a mean over rows")
        return value
