"""Coefficients that are stacked over nodes: as samples for torch, and in products with stacked rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.arrays import Rows
from p2pbo.problems.node_data import Batch, NodeData, sample_indices

Stacks = Mapping[str, NDArray[np.float64]]


class Side(NamedTuple):
    """The coefficients of one loss by name: of each sample (K×samples×…), and those that samples share (K×…)."""

    sampled: Stacks
    shared: Stacks


class StackedNodes(Sequence[NodeData]):
    """All nodes' samples as tensors; what a node's samples share is repeated without a copy."""

    def __init__(self, upper: Side, lower: Side) -> None:
        self._upper, self._lower = upper, lower

    def __len__(self) -> int:
        return len(next(iter(self._upper.sampled.values())))

    def __getitem__(self, node: Any) -> Any:
        return NodeData(_tensors(self._upper, node), _tensors(self._lower, node))


def _tensors(side: Side, node: int) -> dict[str, Any]:
    import torch

    sampled = {name: torch.as_tensor(stack[node]) for name, stack in side.sampled.items()}
    count = len(next(iter(sampled.values())))
    shared = {name: torch.as_tensor(stack[node]) for name, stack in side.shared.items()}
    return sampled | {name: tensor.expand(count, *tensor.shape) for name, tensor in shared.items()}


def product(matrices: Rows, rows: Rows) -> Rows:
    """Return each hosted node's matrix times its row."""
    return np.matmul(matrices, rows[..., None])[..., 0]


def solve(matrices: Rows, rows: Rows) -> Rows:
    """Return the solution of each node's linear system: its matrix⁻¹ times its row."""
    return np.linalg.solve(matrices, rows[..., None])[..., 0]


def batch_mean(samples: Rows, batch: Batch) -> Rows:
    """Return the mean of each hosted node's drawn samples (hosted×samples×…), of all where nothing is drawn."""
    drawn = sample_indices(batch)
    if drawn is None:
        return samples.mean(1)
    return samples[np.arange(len(drawn))[:, None], drawn].mean(1)
