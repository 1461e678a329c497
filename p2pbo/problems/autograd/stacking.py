"""One loss on all hosted nodes: Σ_i f_i(x_i, y_i; ξ_i), small ones stacked where torch can, else looped.

The terms know nothing of each other, so the sum's gradient has the nodes' own gradients as its rows, to rounding.
Some losses write into what they are given (``batch.div_(255)``): nothing that they do changes the stored rows of a run
that goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from p2pbo.errors import InputError
from p2pbo.problems.node_data import Batch, Loss, SampleIndices, Structure, map_leaves, sample_indices

if TYPE_CHECKING:
    from p2pbo.problems.autograd.differentiation import Device
    from p2pbo.problems.autograd.random_draws import LossDraws
    from p2pbo.problems.flat_variable import FlatVariable


def sample_count(structure: Structure, owner: str) -> int:
    """Return the length of the first dimension, the same for every tensor of the structure.

    Raises:
        InputError: there are no tensors, no samples, or different counts.
    """
    counts: set[int] = set()
    map_leaves(structure, lambda leaf: counts.add(len(leaf) if leaf.ndim else 0))
    if len(counts) != 1 or 0 in counts:
        raise InputError(
            owner, f"has tensors of {sorted(counts)} samples", "give all the same count, at least 1"
        )
    return counts.pop()


def _alike(structures: list[Structure]) -> bool:
    """Tell whether all are the same structure, of tensors that differ in their first dimension alone."""
    first, *others = (map_leaves(own, lambda leaf: (leaf.dtype, leaf.shape[1:])) for own in structures)
    return all(other == first for other in others)


class HostedSamples:
    """The hosted nodes' samples; several alike nodes lie in one storage, one after another."""

    def __init__(self, nodes: list[Structure], owners: list[str]) -> None:
        self.counts = np.array([sample_count(own, owner) for own, owner in zip(nodes, owners, strict=True)])
        self._nodes, self._joined = nodes, len(nodes) > 1 and _alike(nodes)
        if self._joined:
            self._first = np.cumsum(self.counts) - self.counts
            self._all = map_leaves(nodes[0], lambda *same: torch.cat(same), *nodes[1:])
            self._nodes = [
                map_leaves(self._all, lambda leaf, first=first, count=count: leaf.narrow(0, first, count))
                for first, count in zip(self._first.tolist(), self.counts.tolist(), strict=True)
            ]

    def __len__(self) -> int:
        return len(self._nodes)

    def rows(self, batch: SampleIndices) -> int:
        """Return how many rows are drawn of the node with the most."""
        return int(self.counts.max()) if batch is None else batch.shape[1]

    def stackable(self, batch: SampleIndices) -> bool:
        """Tell whether :meth:`stacked` can be called: there are several nodes, alike, with equally many rows drawn."""
        return self._joined and (batch is not None or len(set(self.counts.tolist())) == 1)

    def stacked(self, batch: SampleIndices) -> Structure:
        """Return the drawn rows of all hosted nodes, as leaves of hosted×rows×…."""
        if batch is None:
            return map_leaves(self._all, lambda leaf: leaf.unflatten(0, (len(self), -1)))
        index = torch.from_numpy(batch + self._first[:, None])
        return map_leaves(self._all, lambda leaf: leaf[index])

    def of(self, node: int, batch: SampleIndices) -> Structure:
        """Return the drawn rows of one hosted node, as leaves of rows×…."""
        if batch is None:
            return self._nodes[node]
        index = torch.as_tensor(batch[node])
        return map_leaves(self._nodes[node], lambda leaf: leaf[index])


class WriteProtection:
    """Protection of stored rows from one loss: it gets them if it leaves them alone, else a copy each time.

    Which it does shows on the first rows, of which it gets a copy.
    """

    def __init__(self, loss: str) -> None:
        self._loss = loss
        self._writes: bool | None = None  # nobody knows yet

    @contextmanager
    def protected(self, stored: Structure) -> Iterator[Structure]:
        """Yield the rows, or a copy of them, for one evaluation of the loss.

        Raises:
            InputError: a loss that has left its first rows alone writes into these.
        """
        if self._writes is False:
            before = _versions(stored)
            yield map_leaves(stored, lambda leaf: leaf)  # a loss may put something else into its dict, too
            if _versions(stored) != before:
                cause = "wrote into a node's data, which it had left alone before"
                raise InputError(
                    f"the {self._loss} loss", cause, "let it work on copies, such as batch / 255"
                )
            return
        copy = map_leaves(stored, torch.clone)
        yield map_leaves(copy, lambda leaf: leaf)
        if self._writes is None:
            self._writes = not _equal(copy, stored)


def _versions(structure: Structure) -> list[int]:
    """Return how often torch has written into each tensor, or into what it is a view of."""
    found: list[int] = []
    map_leaves(structure, lambda leaf: found.append(leaf._version))
    return found


def _equal(one: Structure, other: Structure) -> bool:
    """Tell whether all entries are equal; numpy writes without torch's knowledge."""
    equal: list[bool] = []
    map_leaves(one, lambda a, b: equal.append(torch.allclose(a, b, rtol=0, atol=0, equal_nan=True)), other)
    return all(equal)


class HostedLoss:
    """The upper or the lower loss, on the samples of the hosted nodes.

    Attributes:
        stacking_limit: the most rows × parameters of a node with which the nodes are stacked.
    """

    def __init__(
        self,
        name: str,
        loss: Loss,
        x: FlatVariable,
        y: FlatVariable,
        samples: HostedSamples,
        draws: LossDraws,
        stacking_limit: float = 0.0,
    ) -> None:
        self.name, self.function, self.x, self.y, self.samples, self.draws = name, loss, x, y, samples, draws
        self.nodes, self.stacking_limit = draws.nodes, stacking_limit
        self._stacked: Any = torch.func.vmap(self._one)
        self._refused = False
        self._protection = WriteProtection(name)

    def __call__(self, X: torch.Tensor, Y: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return the sum of the nodes' losses, each at its rows of X and Y.

        Large ones are looped: node after node (:mod:`p2pbo.problems.autograd.stacking_limit`). What vmap refuses
        (control flow that depends on data, ``.item()`` …) is looped from then on. So is whatever fails, since an error
        of the loss itself then has a plain traceback, and so are random losses.
        """
        drawn = sample_indices(batch)
        if self._stacks(drawn):
            try:
                with self._protected(self.samples.stacked(drawn), drawn) as samples:
                    return self._stacked(X, Y, samples).sum()
            except Exception:
                self._refused = True
        return reduce(torch.add, self.one_by_one(X, Y, batch))

    def _stacks(self, drawn: SampleIndices) -> bool:
        size = self.samples.rows(drawn) * (self.x.size + self.y.size)
        possible = self.samples.stackable(drawn) and not self._refused and not self.draws.random
        return possible and size <= self.stacking_limit

    def one_by_one(self, X: torch.Tensor, Y: torch.Tensor, batch: Batch) -> Iterator[torch.Tensor]:
        """Yield the terms of the sum, each computed when it is asked for."""
        for node, (x, y) in enumerate(zip(X.unbind(), Y.unbind(), strict=True)):
            yield self.at(node, x, y, batch)

    def at(self, node: int, x: torch.Tensor, y: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return one hosted node's loss at its rows of X and Y."""
        return self.of_node(node, self.x.unflatten(x), self.y.unflatten(y), batch)

    def of_node(self, node: int, x: Any, y: Any, batch: Batch) -> torch.Tensor:
        """Return one hosted node's loss at x and y as the loss takes them, maybe narrower than the problem's."""
        drawn = sample_indices(batch)
        with self._protected(self.samples.of(node, drawn), drawn) as samples, self.draws.on(node, batch):
            return self._value(x, y, samples)

    def _protected(self, samples: Structure, batch: SampleIndices) -> AbstractContextManager[Structure]:
        """Return the rows for one evaluation: drawn rows are made for it, all rows (None) are the stored ones."""
        return self._protection.protected(samples) if batch is None else nullcontext(samples)

    def _one(self, x: torch.Tensor, y: torch.Tensor, samples: Structure) -> torch.Tensor:
        return self._value(self.x.unflatten(x), self.y.unflatten(y), samples)

    def _value(self, x: Any, y: Any, samples: Structure) -> torch.Tensor:
        value = self.function(x, y, samples)
        if not isinstance(value, torch.Tensor) or value.ndim != 0:
            found = (
                f"has shape {tuple(value.shape)}"
                if isinstance(value, torch.Tensor)
                else f"is a {type(value).__name__}"
            )
            raise InputError(f"the {self.name} loss", found, "return a scalar tensor: a mean over rows")
        return value


@dataclass(frozen=True)
class TorchLosses:
    """Both losses of the hosted nodes, for checks before a run.

    Attributes:
        upper, lower: the losses.
        device: where they are computed.
        differentiated: whether oracles are their derivatives.
        lower_gradients: whether (gx, gy) are, for methods that ask for no second derivatives.
    """

    upper: HostedLoss
    lower: HostedLoss
    device: Device
    differentiated: bool = True
    lower_gradients: bool = True
