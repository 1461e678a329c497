"""Labelled rows of every node: some to validate on (upper loss), some to train on (lower loss)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from p2pbo.data import Dataset, Samples, hold_out, partition
from p2pbo.data.classes import listed
from p2pbo.errors import InputError
from p2pbo.problems.features import dense
from p2pbo.problems.instance import Instance
from p2pbo.problems.losses import NodeData


class NodeSamples(Sequence[NodeData]):
    """Each node's :class:`NodeData`, made when it is asked for: a rank holds tensors of its own nodes only."""

    @abstractmethod
    def upper(self, node: int) -> Samples:
        """The node's validation rows."""

    @abstractmethod
    def lower(self, node: int) -> Samples:
        """The node's training rows."""

    def __getitem__(self, node: Any) -> Any:
        number = range(len(self))[node]
        return NodeData(tensors(self.upper(number)), tensors(self.lower(number)))


class Shares(NodeSamples):
    """One data set dealt to the nodes of ``instance``; each holds out ``validation`` of its rows.

    Raises:
        InputError: there are too few rows for so many nodes.
    """

    def __init__(self, samples: Samples, instance: Instance, validation: float) -> None:
        self.samples = samples
        shares = partition(instance.partition, samples.labels, instance.nodes, instance.seed)
        splits = [hold_out(len(rows), validation, instance.seed, node) for node, rows in enumerate(shares)]
        self.validation = [rows[held] for rows, (held, _) in zip(shares, splits, strict=True)]
        self.training = [rows[kept] for rows, (_, kept) in zip(shares, splits, strict=True)]

    def __len__(self) -> int:
        return len(self.training)

    def upper(self, node: int) -> Samples:
        """The node's validation rows."""
        return self.samples.take(self.validation[node])

    def lower(self, node: int) -> Samples:
        """The node's training rows."""
        return self.samples.take(self.training[node])


def check_classes(dataset: Dataset) -> None:
    """What problems about classes ask for.

    Raises:
        InputError: there is only one class to train on; names it.
    """
    if len(own := np.unique(dataset.train.labels)) < 2:
        name = own if dataset.labels is None else dataset.labels[own]
        cause = f"has only one class, {listed(name)}"
        raise InputError(f"data {dataset.name}", cause, "give data with two classes or more")


def tensors(samples: Samples) -> dict[str, Any]:
    """What a loss gets: features ``a`` (rows × features, dense) and ``label``."""
    import torch

    return {"a": torch.as_tensor(dense(samples.features)), "label": torch.as_tensor(samples.labels)}


def longest_row(samples: Samples) -> float:
    """max ‖a‖ over all rows: what bounds the derivatives of a linear model."""
    squares: Any = samples.features**2
    return float(np.sqrt(squares.sum(axis=1).max()))
