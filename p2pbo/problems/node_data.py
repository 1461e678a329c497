"""Each node's data as tuples or dicts of tensors, the batches that nodes draw, and the losses that take them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from p2pbo.arrays import IndexArray
from p2pbo.randomness import Keys

if TYPE_CHECKING:
    import torch

Structure = Any
"""A tuple or a dict of tensors whose first dimension counts samples, or one such tensor."""

Loss = Callable[[Any, Any, Any], "torch.Tensor"]
"""f(x, y, batch) → scalar, a mean over the rows of the batch, which is a :data:`Structure`."""


@dataclass(frozen=True)
class NodeData:
    """One node's private samples: ``upper`` for f (validation), ``lower`` for g (training)."""

    upper: Structure
    lower: Structure


class LazyNodeData(Sequence[NodeData]):
    """All nodes' data, each made when it is asked for: a rank holds tensors of its own nodes only."""

    @abstractmethod
    def check_memory(self, nodes: range, itemsize: int) -> None:
        """Check that the tensors of ``nodes`` will fit, of numbers of ``itemsize`` bytes.

        Raises:
            InputError: they take more memory than there is.
        """


class BatchSizes(NamedTuple):
    """The sizes of batches of the two losses; None: all rows."""

    upper: int | None
    lower: int | None

    @classmethod
    def of(cls, size: Size) -> BatchSizes:
        """Return the two sizes, equal ones where one is given."""
        return size if isinstance(size, BatchSizes) else cls(size, size)


Size = int | None | BatchSizes
"""The size of batches, one for both losses or one for each; None: all rows."""

SampleIndices = IndexArray | None
"""Samples that the hosted nodes drew (hosted × batch size, indices into each node's own); None: all of them."""


@dataclass(frozen=True, eq=False)
class KeyedBatch:
    """A batch for losses that draw at random themselves, who draw the same whenever they see it.

    Attributes:
        samples: those that the hosted nodes drew.
        keys: of what the losses draw, one per hosted node.
    """

    samples: SampleIndices
    keys: Keys


Batch = SampleIndices | KeyedBatch
"""The samples that the hosted nodes evaluate a loss on, with keys where it draws at random."""


def sample_indices(batch: Batch) -> SampleIndices:
    """Return the samples of a batch, without the keys of what losses draw."""
    return batch.samples if isinstance(batch, KeyedBatch) else batch


def named_leaves(structure: Structure) -> Iterator[tuple[str, Any]]:
    """Yield every tensor behind its place in the structure, such as ``['a']``; no place where it is alone."""
    if isinstance(structure, dict):
        yield from ((f"[{name!r}]", leaf) for name, leaf in structure.items())
    elif isinstance(structure, (tuple, list)):
        yield from ((f"[{place}]", leaf) for place, leaf in enumerate(structure))
    else:
        yield "", structure


def map_leaves(structure: Structure, function: Callable[..., Any], *more: Structure) -> Any:
    """Return the same tuple or dict of ``function`` of each tensor and its counterparts in ``more``."""
    if isinstance(structure, dict):
        return {name: function(leaf, *(other[name] for other in more)) for name, leaf in structure.items()}
    if isinstance(structure, (tuple, list)):
        return tuple(function(*same) for same in zip(structure, *more, strict=True))
    return function(structure, *more)
