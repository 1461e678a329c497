"""Labelled rows of every node: some to validate on (upper loss), some to train on (lower loss)."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from p2pbo.data import Dataset, Samples, hold_out, partition
from p2pbo.data.classes import list_labels
from p2pbo.errors import InputError
from p2pbo.memory import require_memory
from p2pbo.problems.classification.design_matrix import dense
from p2pbo.problems.context import ProblemContext
from p2pbo.problems.node_data import LazyNodeData, NodeData


class LabelledNodeData(LazyNodeData):
    """All nodes' :class:`NodeData` of labelled rows, each made when it is asked for."""

    @property
    @abstractmethod
    def source(self) -> str:
        """The name of what the rows are of, such as ``data a9a``."""

    @abstractmethod
    def size(self, node: int) -> tuple[int, int]:
        """Return the size of the node's data: rows (to validate and to train on) × features."""

    def require_memory(self, rows: int, itemsize: int, remedy: str) -> None:
        """Check that every entry of so many rows can be stored in ``itemsize`` bytes.

        Raises:
            InputError: there is less memory.
        """
        width = self.size(0)[1]
        purpose = f"for {rows} × {width} dense numbers"
        require_memory(self.source, rows * width * itemsize, purpose, remedy)

    def check_memory(self, nodes: range, itemsize: int) -> None:
        """Check that the dense rows of ``nodes`` fit, as they are read (float64) and as tensors."""
        remedy = (
            "use --problem logreg-hpo with --set problem.features=sparse, fewer features, or more machines"
        )
        self.require_memory(sum(self.size(node)[0] for node in nodes), 8 + itemsize, remedy)

    @abstractmethod
    def upper(self, node: int) -> Samples:
        """Return the node's validation rows."""

    @abstractmethod
    def lower(self, node: int) -> Samples:
        """Return the node's training rows."""

    def __getitem__(self, node: Any) -> Any:
        number = range(len(self))[node]
        return NodeData(tensors(self.upper(number)), tensors(self.lower(number)))


class PartitionedNodeData(LabelledNodeData):
    """One data set dealt to the nodes of ``context``; each holds out ``validation`` of its rows.

    Raises:
        InputError: there are too few rows for so many nodes.
    """

    def __init__(self, samples: Samples, context: ProblemContext, validation: float) -> None:
        self.samples = samples
        self._data = context.data
        parts = partition(context.partition, samples.labels, context.nodes, context.seed)
        splits = [hold_out(len(rows), validation, context.seed, node) for node, rows in enumerate(parts)]
        self.validation = [rows[held] for rows, (held, _) in zip(parts, splits, strict=True)]
        self.training = [rows[kept] for rows, (_, kept) in zip(parts, splits, strict=True)]

    def __len__(self) -> int:
        return len(self.training)

    @property
    def source(self) -> str:
        """The name of the data set."""
        return f"data {self._data}"

    def size(self, node: int) -> tuple[int, int]:
        """Return the size of the node's data: rows × features."""
        return len(self.validation[node]) + len(self.training[node]), self.samples.features.shape[1]

    def upper(self, node: int) -> Samples:
        """Return the node's validation rows."""
        return self.samples.take(self.validation[node])

    def lower(self, node: int) -> Samples:
        """Return the node's training rows."""
        return self.samples.take(self.training[node])


def check_classes(dataset: Dataset) -> None:
    """Check that a data set has classes to tell apart.

    Raises:
        InputError: there is only one class to train on; names it.
    """
    if len(own := np.unique(dataset.train.labels)) < 2:
        name = own if dataset.labels is None else dataset.labels[own]
        cause = f"has only one class, {list_labels(name)}"
        raise InputError(f"data {dataset.name}", cause, "give data with two classes or more")


def tensors(samples: Samples) -> dict[str, Any]:
    """Return samples as a loss gets them: features ``a`` (rows × features, dense) and ``label``."""
    import torch

    return {"a": torch.as_tensor(dense(samples.features)), "label": torch.as_tensor(samples.labels)}


def longest_row(samples: Samples, at_once: int = 1000) -> float:
    """Return max ‖a‖ over all rows, which bounds the derivatives of a linear model."""

    def largest(rows: Any) -> float:
        return float((rows**2).sum(axis=1).max())

    blocks = range(0, len(samples), at_once)  # a square of all dense rows would take their memory again
    return float(np.sqrt(max(largest(samples.features[first : first + at_once]) for first in blocks)))
