"""Batches: the samples that the hosted nodes evaluate a loss on."""

from __future__ import annotations

from dataclasses import dataclass

from p2pbo.arrays import IndexArray
from p2pbo.randomness import Keys

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
